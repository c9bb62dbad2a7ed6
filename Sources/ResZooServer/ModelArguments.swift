import ArgumentParser
import Files
import ResZoo
import Serving

/// The networks that a command line names.
enum ModelArguments {
  /// - Parameter operands: checkpoints, `NAME=FILE`, names of published networks in the cache, and folders of checkpoints.
  /// - Returns: each with its name, and whether it was named itself or lies in a folder.
  static func files(_ operands: [String], key: VerifyingKey?, bases: [String]) throws -> [ModelFile] {
    var files: [ModelFile] = []
    for operand in operands {
      for (name, path) in try places(operand) {
        guard !files.contains(where: { $0.name == name }) else {
          throw ValidationError(
            "Two models would have the name '\(name)'; give one of them another: NAME=\(path).")
        }
        guard isName(name) else {
          throw ValidationError(
            "'\(name)' is no name for a model: letters, digits, '.', '_' and '-' are, at most 100; NAME=FILE gives another."
          )
        }
        files.append(ModelFile(name: name, path: path, bases: bases, publicKey: key))
      }
    }
    return files
  }

  private static func places(_ operand: String) throws -> [(name: String, path: String)] {
    if FileIdentity(path: operand) != nil {
      guard let entries = FolderListing.entries(of: operand) else { return [(stem(operand), operand)] }
      let checkpoints = entries.filter { $0.hasSuffix(".rzoo") && !$0.hasPrefix(".") }.sorted()
      guard !checkpoints.isEmpty else {
        throw ValidationError("\(operand): no checkpoint (.rzoo) lies in this folder.")
      }
      return checkpoints.map { (stem($0), operand + "/" + $0) }
    }
    if let sign = operand.firstIndex(of: "="), sign != operand.startIndex {
      let path = String(operand[operand.index(after: sign)...])
      guard FileIdentity(path: path) != nil else { throw ValidationError("\(path): does not exist.") }
      return [(String(operand[..<sign]), path)]
    }
    guard let weights = ModelIndex.own.entry(named: operand) else {
      throw ValidationError("\(operand): does not exist, and no published network has this name.")
    }
    guard try ModelCache.ofUser.holds(weights) else {
      throw ValidationError("\(operand): is not in the cache; 'reszoo pull \(operand)' fetches it.")
    }
    return [(operand, ModelCache.ofUser.path(of: weights))]
  }

  /// A path's last part without its ending.
  private static func stem(_ path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name.hasSuffix(".rzoo") ? String(name.dropLast(5)) : name
  }

  private static func isName(_ name: String) -> Bool {
    (1...100).contains(name.utf8.count) && !name.hasPrefix(".")
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      } && name != "stats"
  }
}
