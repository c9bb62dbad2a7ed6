import Files
import ResZoo

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
/// Small files that an option names.
enum Operand {
  /// The whole of a regular file.
  static func bytes(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    try reporting(path) { try InputFile(path: path).readAll(limit: limit) }
  }

  /// Refuses an output that would replace one of the inputs, under whatever name, and '-', which is no file.
  static func keep(_ inputs: [String], from output: String) throws(Failure) {
    guard output != "-" else {
      throw Failure(
        .usage, "-: this output cannot be written to standard output; name a file ('./-' for one named '-')")
    }
    guard let identity = FileIdentity(path: output) else { return }
    for input in inputs where FileIdentity(path: input) == identity {
      throw Failure(output: output, wouldReplace: input)
    }
  }

  /// Class names: a JSON array of strings, or one name a line.
  static func labels(_ path: String) throws(Failure) -> [String] {
    let bytes = try bytes(path, limit: 16 << 20)
    if bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "[") {
      guard let labels = try? JSONDecoder().decode([String].self, from: Data(bytes)) else {
        throw Failure(.data, "\(path): is not a JSON array of strings")
      }
      return labels
    }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let content = bytes.starts(with: mark) ? bytes[3...] : bytes[...]
    guard let text = String(validating: content, as: UTF8.self) else {
      throw Failure(
        .data, "\(path): is not UTF-8 text; labels are one name on each line, or a JSON array of strings")
    }
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  /// A preprocessing record: one of the presets' names, or a JSON file.
  static func preprocessing(_ name: String) throws(Failure) -> Preprocessing {
    if let preset = Preprocessing.preset(named: name) { return preset }
    guard name.hasSuffix(".json") else {
      let names = Preprocessing.presetNames.joined(separator: ", ")
      throw Failure(
        .usage, "there is no preset '\(name)'; the presets are \(names); a file must end in .json")
    }
    let bytes = try bytes(name, limit: 1 << 20)
    return try reporting(name) { try Preprocessing(json: bytes) }
  }

  /// An architecture's JSON descriptor.
  static func architecture(_ path: String) throws(Failure) -> Architecture {
    let bytes = try bytes(path, limit: 1 << 20)
    return try reporting(path) { try Architecture(json: bytes) }
  }
}
