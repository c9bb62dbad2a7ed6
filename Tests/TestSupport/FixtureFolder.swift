/// Files of weights, which scripts under `tools/` make.
package enum WeightFixtures {
  /// The path of a file or folder in `Tests/WeightFilesTests/Fixtures`.
  package static func path(_ name: String) -> String {
    let tests = #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 }
    return tests + "/WeightFilesTests/Fixtures/" + name
  }
}

/// A copy of a folder of fixtures, a raw export or shards with an index, to be damaged.
package final class FixtureFolder {
  private let folder = TemporaryFolder()

  package var path: String { folder.path }

  package init(copying fixture: String = "tiny") {
    let source = WeightFixtures.path(fixture)
    for name in TemporaryFolder.names(in: source) { folder.write(readFile(source + "/" + name), to: name) }
  }

  package func file(_ name: String) -> String { folder.file(name) }

  /// The manifest of a raw export.
  package var manifest: String { text(of: "manifest.json") }

  package func text(of name: String) -> String {
    String(decoding: readFile(file(name)), as: UTF8.self)
  }

  package func write(manifest text: String) { folder.write(Array(text.utf8), to: "manifest.json") }

  /// Replaces the first occurrence of a text in a file, which must be there.
  package func replace(_ text: String, with replacement: String, in name: String = "manifest.json") throws {
    var content = self.text(of: name)
    guard let range = content.firstRange(of: text) else { throw NotInFile(text: text) }
    content.replaceSubrange(range, with: replacement)
    folder.write(Array(content.utf8), to: name)
  }

  /// Changes the bytes of the weights of a raw export.
  package func editWeights(_ edit: (inout [UInt8]) -> Void) {
    var bytes = readFile(file("weights.bin"))
    edit(&bytes)
    folder.write(bytes, to: "weights.bin")
  }

  struct NotInFile: Error { var text: String }
}
