import ImageInput

/// Pictures in a folder for each class.
public struct DataSet: Sendable {
  /// The folders' names, sorted by their bytes.
  public let classes: [String]
  /// The pictures, by class and path.
  public let paths: [String]
  /// For each picture, the position of its class in ``classes``.
  public let classOfPath: [Int]
  /// Files that are no pictures by their names.
  public let skipped: Int

  /// Lists a data set.
  ///
  /// - Parameter path: a folder with a folder for each class.
  /// - Throws: ``DataSetError``.
  public init(folder path: String) throws(DataSetError) {
    let folders: ClassFolders
    do {
      folders = try ClassFolders(in: path)
    } catch .unreadable(let path, let reason) {
      throw DataSetError(.unreadable, "\(path): \(reason)")
    } catch {
      throw DataSetError(.noClasses, "\(path): there are no folders in it; a data set has one for each class")
    }
    let paths = folders.paths.flatMap { $0 }
    guard !paths.isEmpty else {
      throw DataSetError(.noPictures, "\(path): there are no JPEG or PNG files in its folders")
    }
    classes = folders.names
    self.paths = paths
    classOfPath = folders.paths.enumerated().flatMap { Array(repeating: $0, count: $1.count) }
    skipped = folders.skipped
  }

  /// The position among a model's logits of each of ``classes``.
  ///
  /// - Parameters:
  ///   - labels: the model's; each folder must bear the name of one.
  ///   - count: the number of logits; without labels, there must be as many folders.
  /// - Throws: ``DataSetError`` with ``DataSetError/Code/labels``.
  public func indices(forLabels labels: [String]?, count: Int) throws(DataSetError) -> [Int] {
    guard let labels else {
      guard classes.count == count else {
        throw DataSetError(
          .labels,
          "the model has \(count) classes without labels, the data set \(classes.count) folders: give the model labels "
            + "('reszoo convert … --labels FILE')")
      }
      return Array(0..<count)
    }
    let positions = Dictionary(labels.enumerated().map { ($1, [$0]) }, uniquingKeysWith: +)
    let unknown = classes.filter { positions[$0]?.count != 1 }
    guard unknown.isEmpty else {
      throw DataSetError(
        .labels,
        "\(unknown.count) of \(classes.count) folders bear no label of the model, or one that several classes have: "
          + unknown.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
          + "; the model's labels begin with " + labels.prefix(5).map { "'\($0)'" }.joined(separator: ", "))
    }
    return classes.compactMap { positions[$0]?.first }
  }
}

/// Why a folder is no data set for a model.
public struct DataSetError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of fault it is.
  public enum Code: String, Hashable, Sendable {
    /// The folder does not exist or cannot be listed.
    case unreadable
    /// There is no folder in it.
    case noClasses
    /// There is no picture in its folders.
    case noPictures
    /// The folders' names are not the model's labels.
    case labels
  }

  /// What kind of fault it is.
  public let code: Code
  /// What is wrong, with the values, and what to do.
  public let message: String

  /// An error with its message.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }

  public static func == (a: Self, b: Self) -> Bool { a.code == b.code }

  public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}
