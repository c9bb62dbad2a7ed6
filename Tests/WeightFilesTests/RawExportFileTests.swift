import Foundation
import Messages
import TestSupport
import Testing

@testable import WeightFiles

/// Faults of the file system.
@Suite struct RawExportFileTests {
  @Test func aMissingFolderIsNotFound() {
    #expect(throws: WeightFileError(.notFound, file: "", "")) { try openWeights("/nowhere/at/all") }
  }

  @Test(arguments: ["manifest.json", "weights.bin"])
  func aMissingFileIsNamed(name: String) throws {
    let folder = FixtureFolder()
    try FileManager.default.removeItem(atPath: folder.file(name))
    let error = #expect(throws: WeightFileError.self) { try openWeights(folder.path) }
    #expect(error?.code == .notFound)
    #expect(error?.file.hasSuffix(name) == true)
  }

  @Test(arguments: ["manifest.json", "weights.bin"])
  func aFolderInPlaceOfAFileIsTheWrongKind(name: String) throws {
    let folder = FixtureFolder()
    try FileManager.default.removeItem(atPath: folder.file(name))
    try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
    #expect(throws: WeightFileError(.wrongKind, file: "", "")) { try openWeights(folder.path) }
  }

  @Test(.timeLimit(.minutes(10)), arguments: ["manifest.json", "weights.bin"])
  func aPipeIsRefusedWithoutWaiting(name: String) throws {
    let folder = FixtureFolder()
    try FileManager.default.removeItem(atPath: folder.file(name))
    #expect(unsafe mkfifo(folder.file(name), 0o600) == 0)
    #expect(throws: WeightFileError(.wrongKind, file: "", "")) { try openWeights(folder.path) }
  }

  @Test(
    .enabled(if: geteuid() != 0, "root may read everything"), arguments: ["manifest.json", "weights.bin"])
  func aFileWithoutPermissionIsUnreadable(name: String) throws {
    let folder = FixtureFolder()
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: folder.file(name))
    #expect(throws: WeightFileError(.unreadable, file: "", "")) { try openWeights(folder.path) }
  }
}
