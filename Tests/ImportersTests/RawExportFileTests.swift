import Foundation
import Importers
import Messages
import Testing

/// What the file system can do to an import.
@Suite struct RawExportFileTests {
  @Test func aMissingFolderIsNotFound() {
    #expect(throws: ImportError(.notFound, file: "", "")) { try importWeights("/nowhere/at/all") }
  }

  @Test(arguments: ["manifest.json", "weights.bin"])
  func aMissingFileIsNamed(name: String) throws {
    let folder = try RawExportFolder()
    try FileManager.default.removeItem(atPath: folder.file(name))
    let error = #expect(throws: ImportError.self) { try importWeights(folder.path) }
    #expect(error?.code == .notFound)
    #expect(error?.file.hasSuffix(name) == true)
  }

  @Test(arguments: ["manifest.json", "weights.bin"])
  func aFolderInPlaceOfAFileIsTheWrongKind(name: String) throws {
    let folder = try RawExportFolder()
    try FileManager.default.removeItem(atPath: folder.file(name))
    try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
    #expect(throws: ImportError(.wrongKind, file: "", "")) { try importWeights(folder.path) }
  }

  @Test(.timeLimit(.minutes(1)), arguments: ["manifest.json", "weights.bin"])
  func aPipeIsRefusedWithoutWaiting(name: String) throws {
    let folder = try RawExportFolder()
    try FileManager.default.removeItem(atPath: folder.file(name))
    #expect(unsafe mkfifo(folder.file(name), 0o600) == 0)
    #expect(throws: ImportError(.wrongKind, file: "", "")) { try importWeights(folder.path) }
  }

  @Test(
    .enabled(if: geteuid() != 0, "root may read everything"), arguments: ["manifest.json", "weights.bin"])
  func aFileWithoutPermissionIsUnreadable(name: String) throws {
    let folder = try RawExportFolder()
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: folder.file(name))
    #expect(throws: ImportError(.unreadable, file: "", "")) { try importWeights(folder.path) }
  }
}
