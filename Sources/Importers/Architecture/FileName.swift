import Files
import ModelDescriptor
import PublishedModels

/// The hints in the name of a file of weights, as torchvision and others give names: `resnet50-11ad3fa6.pth`.
struct FileName {
  /// Without the folder.
  let base: String
  /// Eight digits that may be the beginning of the file's SHA-256, from a name that ends like `-11ad3fa6.pth`.
  let digestPrefix: String?
  /// Without folder and ending.
  private let stem: String

  init(_ path: String) {
    let base = path.lastPathPart
    self.base = base
    let stem = base.split(separator: ".").dropLast().joined(separator: ".")
    let ending = base.split(separator: ".").last.map(String.init) ?? ""
    let tail = stem.split(separator: "-").last.map(String.init) ?? ""
    let isDigest =
      ["pth", "th"].contains(ending) && stem.contains("-") && tail.utf8.count == 8
      && tail.allSatisfy { $0.isASCII && $0.isHexDigit }
    digestPrefix = isDigest ? tail.lowercased() : nil
    self.stem = stem
  }

  /// The one of some presets that the name begins with, whatever recipe follows, as in `resnet50d_ra2-464e36ba.pth`.
  func variant(among names: [String]) -> String? {
    guard let name = Self.longest(beginning: stem), names.contains(name) else {
      return nil
    }
    return name
  }

  /// The preset that a name begins with. Of `wide_resnet50_2` and the like the longest name decides; a digit or letter may
  /// not follow.
  private static func longest(beginning stem: String) -> String? {
    Architecture.presets.compactMap(\.name).filter { name in
      guard stem.hasPrefix(name) else { return false }
      guard let next = stem.dropFirst(name.count).first else { return true }
      return !next.isLetter && !next.isNumber
    }.max { $0.count < $1.count }
  }

  /// The index's entry for a file of that name.
  var published: PublishedWeights? {
    // Every published file has its digest in its name; for the others, the index need not be read.
    digestPrefix == nil ? nil : ModelIndex.own.entry(file: base)
  }
}
