import Files
import ImageInput
package import Messages

/// The parts of a data set whose folder holds a folder for each: `train`, and `val` or `test`, each with a folder for each class.
public struct DatasetParts: Hashable, Sendable {
  /// The path of the whole.
  public let path: String
  /// The path of the images to train on; nil where there is none.
  public let training: String?
  /// The path of the images to validate and to evaluate with; those to test with where there are no others.
  public let validation: String?
  /// The names of folders beside those, which are not used.
  public let unused: [String]

  /// A use of a folder by its name.
  private enum Role: CaseIterable {
    case training
    case validation
    case test

    var names: [String] {
      switch self {
      case .training: ["train", "training"]
      case .validation: ["val", "valid", "validation"]
      case .test: ["test", "testing"]
      }
    }

    init?(_ name: String) {
      let name = name.lowercased()
      guard let role = Self.allCases.first(where: { $0.names.contains(name) }) else { return nil }
      self = role
    }
  }

  /// The parts in a folder; nil when its folders are classes, or there are none.
  ///
  /// A class may be called `train`, as long as no other folder has the name of a part and it holds no folders.
  ///
  /// - Throws: ``DatasetError`` with ``DatasetError/Code/data`` when folders with such names are neither parts nor clearly classes.
  public init?(of path: String) throws(DatasetError) {
    guard let folders = ImageFiles.folders(in: path)?.folders else { return nil }
    let named = folders.filter { Role($0) != nil }
    let others = folders.filter { Role($0) == nil }
    let isClass =
      !others.isEmpty && named.map { $0.lowercased() } == ["train"] && !Self.holdsFolders(path, named[0])
    guard !named.isEmpty, !isClass else { return nil }
    let parts = named.filter { Self.holdsFolders(path, $0) }
    let held = { (role: Role) in parts.filter { Role($0) == role } }
    for role in Role.allCases where held(role).count > 1 {
      throw DatasetError(
        .data, "\(path): \(held(role).quoted) would be the same part of a data set; leave one, or name one")
    }
    let evaluated = held(.validation).first ?? held(.test).first
    let training = held(.training).first
    guard !parts.isEmpty, training != nil && evaluated != nil || others.isEmpty else {
      throw DatasetError(
        .data,
        """
        \(path): \(named.quoted) \(named.count == 1 ? "is" : "are") named like \(named.count == 1 ? "a part" : "parts") of a data set, \
        not like \(named.count == 1 ? "a class" : "classes"). Parts hold a folder for each class, and lie beside no classes; name one \
        part as the data set, rename a folder that is a class, or list the images in a manifest (.csv)
        """)
    }
    self.path = path
    self.training = training.map { Self.join(path, $0) }
    validation = evaluated.map { Self.join(path, $0) }
    unused = folders.filter { $0 != training && $0 != evaluated }
  }

  /// The part for a use.
  ///
  /// - Throws: ``DatasetError`` with ``DatasetError/Code/data`` when there is none.
  public func part(for purpose: ImageSet.Purpose) throws(DatasetError) -> String {
    switch purpose {
    case .training:
      if let training { return training }
      throw DatasetError(
        .data,
        "\(path): has no folder 'train' with images to train on; name \(validation ?? path) to train on that")
    case .evaluation:
      if let validation { return validation }
      throw DatasetError(
        .data,
        "\(path): has no folder 'val' or 'test' with a folder for each class; name \(training ?? path) to evaluate on that"
      )
    }
  }

  /// A remark on the part that is used for a purpose.
  func remark(on purpose: ImageSet.Purpose) -> Remark {
    switch purpose {
    case .training: "\(path): trains on \(training ?? path)"
    case .evaluation:
      "\(path): evaluates on \(validation ?? path)"
        + (training == nil && unused.isEmpty
          ? ""
          : ", not on \(([training?.lastPathPart].compactMap(\.self) + unused).quoted)")
    }
  }

  /// A remark on the part to validate with, and on the folders that no training uses.
  package func remarkOnValidation(isUsed: Bool) -> Remark? {
    let unused =
      unused + (isUsed ? [] : [validation?.lastPathPart].compactMap(\.self))
    let rest = unused.isEmpty ? "" : "not used: \(unused.quoted)"
    guard isUsed, let validation else { return rest.isEmpty ? nil : "\(path): \(rest)" }
    return "\(path): validates with \(validation)\(rest.isEmpty ? "" : "; " + rest)"
  }

  /// True for the name of a part.
  static func isPart(_ name: String) -> Bool { Role(name) != nil }

  /// True if a class folder holds parts: images are sorted by class first then.
  static func lie(in folder: String) -> Bool {
    let found = Role.allCases.filter { role in
      role.names.contains { isFolder(join(folder, $0)) }
    }
    return found.contains(.training) && found.count > 1
  }

  private static func holdsFolders(_ path: String, _ name: String) -> Bool {
    let path = join(path, name)
    return ImageFiles.folders(in: path).map { !$0.folders.isEmpty } ?? false || ShardPaths.isNamed(by: path)
  }

  private static func join(_ folder: String, _ name: String) -> String {
    folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }
}

extension [String] {
  /// The first ones in quotes, with commas between them.
  var quoted: String {
    prefix(5).map { "'\($0.excerpt)'" }.joined(separator: ", ") + (count > 5 ? ", …" : "")
  }
}
