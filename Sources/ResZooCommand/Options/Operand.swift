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
    do {
      return try InputFile(path: path).readAll(limit: limit)
    } catch {
      throw Failure(error)
    }
  }

  /// Refuses an output that would replace one of the inputs, under whatever name, and '-', which is no file.
  static func keep(_ inputs: [String], from output: String) throws(Failure) {
    guard output != "-" else {
      throw Failure(
        .usage, "-: this cannot be written to standard output; name a file ('./-' for one of that name)")
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
        throw Failure(.data, "\(path): not a JSON array of strings")
      }
      return labels
    }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let content = bytes.starts(with: mark) ? bytes[3...] : bytes[...]
    guard let text = String(validating: content, as: UTF8.self) else {
      throw Failure(.data, "\(path): not UTF-8 text; labels are one name a line, or a JSON array of strings")
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
      throw Failure(.usage, "there is no preset '\(name)'; there are \(names), or a file FILE.json")
    }
    let bytes = try bytes(name, limit: 1 << 20)
    do {
      return try Preprocessing(json: bytes)
    } catch {
      throw Failure(.data, "\(name): \(error)")
    }
  }

  /// An architecture's JSON descriptor.
  static func architecture(_ path: String) throws(Failure) -> Architecture {
    let bytes = try bytes(path, limit: 1 << 20)
    do {
      return try Architecture(json: bytes)
    } catch {
      throw Failure(.data, "\(path): \(error)")
    }
  }

  /// The lines of standard input that are not empty.
  static func linesOfStandardInput() -> [String] {
    var lines: [String] = []
    while let line = readLine(strippingNewline: true) {
      if !line.isEmpty { lines.append(line) }
    }
    return lines
  }
}
