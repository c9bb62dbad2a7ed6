import Foundation
import ModelDescriptor
import Testing

/// `tools/export_pytorch.py` names the architectures too, to refuse a wrong name before it loads anything.
@Suite struct ExportScriptTests {
  @Test func theScriptKnowsTheSamePresets() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    let script = try String(contentsOf: root.appending(path: "tools/export_pytorch.py"), encoding: .utf8)
    let parts = script.split(separator: #"""""#, omittingEmptySubsequences: false)
    let position = try #require(parts.firstIndex { $0.hasSuffix("ARCHITECTURES = ") })
    let names = parts[position + 1].split(whereSeparator: \.isWhitespace).map(String.init)
    #expect(Set(names) == Set(Architecture.presets.compactMap(\.name)))
  }
}
