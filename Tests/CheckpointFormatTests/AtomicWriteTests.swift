import CheckpointFormat
import Platform
import TensorCore
import TestSupport
import Testing

@Suite struct AtomicWriteTests {
  let folder = TemporaryFolder()

  private static func write(_ tensors: NamedTensors = Sample.small, to path: String) throws(CheckpointError) {
    try CheckpointWriter.write(
      architectureJSON: Sample.architecture, metadataJSON: Sample.metadata, tensors: tensors, to: path)
  }

  private func fault(writing tensors: NamedTensors = Sample.small, to path: String) -> CheckpointError.Code? {
    do throws(CheckpointError) {
      try Self.write(tensors, to: path)
      return nil
    } catch {
      return error.code
    }
  }

  @Test func aNewFileGetsTheModeOfTheUmaskAndNothingElseIsLeft() throws {
    try Self.write(to: folder.file())
    writeFile([], to: folder.file("other"))
    #expect(mode(of: folder.file()) == mode(of: folder.file("other")))
    #expect(folder.names == ["other", "test.rzoo"])
  }

  @Test func anExistingFileKeepsItsMode() throws {
    writeFile([1], to: folder.file())
    for wanted: mode_t in [0o600, 0o644, 0o660] {
      #expect(unsafe chmod(folder.file(), wanted) == 0)
      try Self.write(to: folder.file())
      #expect(mode(of: folder.file()) == wanted)
    }
    try openVerifyAndLoad(folder.file())
  }

  @Test func readersOfTheOldFileKeepReadingIt() throws {
    try Self.write([("w", Tensor([70_000], seed: 1))], to: folder.file())
    let reader = try CheckpointReader(path: folder.file())
    try Self.write([("v", Tensor([3], seed: 2))], to: folder.file())
    try reader.verify()
    #expect(try reader.loadTensors()["w"]?.byteArray == Tensor([70_000], seed: 1).byteArray)
    #expect(try CheckpointReader(path: folder.file()).index.entries.map(\.name) == ["v"])
  }

  @Test func aSymbolicLinkIsFollowed() throws {
    writeFile([1], to: folder.file("real"))
    #expect(unsafe symlink("real", folder.file("link")) == 0)
    try Self.write(to: folder.file("link"))
    try openVerifyAndLoad(folder.file("real"))
    var status = stat()
    #expect(unsafe lstat(folder.file("link"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(unsafe symlink("nowhere", folder.file("dangling")) == 0)
    #expect(fault(to: folder.file("dangling")) == .writeFailed)
  }

  @Test func targetsThatCannotBeWrittenAreNamed() throws {
    #expect(fault(to: folder.file("missing/test.rzoo")) == .folderNotFound)
    #expect(fault(to: folder.file("missing/")) == .folderNotFound)
    #expect(fault(to: folder.path) == .notARegularFile)
    #expect(fault(to: "/dev/full") == .notARegularFile)
    #expect(fault(to: "") == .invalidInput)
    writeFile([1], to: folder.file("plain"))
    #expect(fault(to: folder.file("plain/test.rzoo")) == .folderNotFound)
    #expect(readFile(folder.file("plain")) == [1])
    #expect(folder.names == ["plain"])
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser may write everywhere"))
  func foldersWithoutPermissionAreNamed() throws {
    #expect(unsafe chmod(folder.path, 0o500) == 0)
    defer { unsafe chmod(folder.path, 0o700) }
    #expect(fault(to: folder.file()) == .permissionDenied)
  }

  /// A limit on file sizes stands in for a full disk: both end a write midway.
  @Test func aFullDiskLeavesTheOldFileAndNothingElse() async throws {
    await #expect(processExitsWith: .success) {
      let folder = TemporaryFolder()
      let old: [UInt8] = [1, 2, 3]
      folder.write(old)
      var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
      precondition(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      var code: CheckpointError.Code?
      do throws(CheckpointError) {
        try AtomicWriteTests.write([("w", Tensor([300_000], seed: 1))], to: folder.file())
      } catch {
        code = error.code
      }
      precondition(code == .diskFull, "\(String(describing: code))")
      precondition(folder.names == ["test.rzoo"] && readFile(folder.file()) == old)
    }
  }

  @Test func whatCannotBeStoredIsRefusedBeforeAFileAppears() throws {
    let tensor = Tensor([1], seed: 1)
    #expect(fault(writing: [("a", tensor), ("a", tensor)], to: folder.file()) == .duplicateName)
    #expect(fault(writing: [("a..b", tensor)], to: folder.file()) == .badName)
    #expect(fault(writing: [("", tensor)], to: folder.file()) == .badName)
    #expect(fault(writing: [(String(repeating: "x", count: 256), tensor)], to: folder.file()) == .badName)
    let deep = Tensor([1, 1, 1, 1, 1, 1, 1, 1, 1], seed: 1)
    #expect(fault(writing: [("a", deep)], to: folder.file()) == .badDirectory)
    for document in [[0xFF], [UInt8](repeating: 0x20, count: 1 << 20 + 1)] {
      let error = #expect(throws: CheckpointError.self) {
        try CheckpointWriter.write(
          architectureJSON: document, metadataJSON: [], tensors: [], to: folder.file())
      }
      #expect(error?.code == (document.count == 1 ? .badText : .invalidInput))
    }
    #expect(folder.names.isEmpty)
  }
}
