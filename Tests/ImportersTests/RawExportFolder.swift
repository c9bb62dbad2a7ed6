import Foundation

/// A raw export in a temporary folder, to be damaged. The originals are made by `tools/fixtures/make_import_fixtures.py`.
final class RawExportFolder {
  let path: String

  static var fixtures: URL {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
  }

  static func fixture(_ name: String) -> String { fixtures.appending(path: name).path() }

  /// A copy of one fixture.
  init(copying fixture: String = "tiny") throws {
    let target = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.copyItem(at: Self.fixtures.appending(path: fixture), to: target)
    path = target.path()
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  var manifest: String {
    get throws { try String(contentsOfFile: file("manifest.json"), encoding: .utf8) }
  }

  func write(manifest text: String) throws {
    try text.write(toFile: file("manifest.json"), atomically: false, encoding: .utf8)
  }

  /// Replaces the first occurrence of a text in the manifest, which must be there.
  func replace(_ text: String, with replacement: String) throws {
    let manifest = try manifest
    guard let range = manifest.range(of: text) else { throw NotInManifest(text: text) }
    try write(manifest: manifest.replacingCharacters(in: range, with: replacement))
  }

  /// Changes the bytes of the weights.
  func editWeights(_ edit: (inout Data) -> Void) throws {
    var bytes = try Data(contentsOf: URL(filePath: file("weights.bin")))
    edit(&bytes)
    try bytes.write(to: URL(filePath: file("weights.bin")))
  }

  struct NotInManifest: Error { var text: String }
}
