import Messages
import Platform
package import TensorCore

/// A folder of files that processes map, so that the machine holds equal bytes once, whoever needs them.
///
/// A file's name is made of its content, so that networks which have layers in common have files in common. Nothing in the folder is believed:
/// a mapping is lent only after all its bytes were compared with those that the caller has. Files are made under another name first,
/// and of two processes that make one at the same time, the first wins and both map its. A folder that another user owns or may write is not used, since what
/// is mapped must not be changed in place or shortened. Whatever goes wrong, the caller keeps its own bytes.
///
/// Files that no process asked for in ``keptDays`` are removed when one is added. Removing any at any time is safe.
package final class SharedBytesFolder: ByteSharing {
  package let path: String

  /// Fewer bytes are not worth a file.
  package static let leastByteCount = 64 << 10
  private static let keptDays = 30
  private static let suffix = ".shared"

  /// - Parameter path: the folder; it is made when the first file is, for this user alone.
  package init(path: String) {
    self.path = path
  }

  package func shared(_ bytes: RawSpan) -> (any SharedBytes)? {
    guard bytes.byteCount >= Self.leastByteCount, isOwn || make() else { return nil }
    let name = "\(bytes.byteCount)-\(hexadecimal(CRC32C.checksum(of: bytes)))\(Self.suffix)"
    let file = path + "/" + name
    if let mapped = Self.mapped(file, equalTo: bytes) { return mapped }
    removeOldFiles()
    guard write(bytes, to: file) else { return nil }
    return Self.mapped(file, equalTo: bytes)
  }

  /// True if nobody but this user can change what lies in the folder.
  private var isOwn: Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
      && status.st_uid == geteuid()
      && status.st_mode & 0o022 == 0
  }

  /// Makes the folder and those above it.
  private func make() -> Bool {
    guard (try? makeFolders(FolderListing.folder(of: path))) != nil else { return false }
    unsafe mkdir(path, 0o700)
    return isOwn
  }

  private static func mapped(_ file: String, equalTo bytes: RawSpan) -> MappedFile? {
    let descriptor = unsafe open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_uid == geteuid(),
      status.st_size == off_t(bytes.byteCount),
      let mapped = MappedFile(descriptor, byteCount: bytes.byteCount)
    else { return nil }
    let isEqual = unsafe bytes.withUnsafeBytes { own in
      unsafe own.baseAddress.map { unsafe memcmp($0, mapped.start, own.count) == 0 } ?? true
    }
    guard isEqual else { return nil }
    // Its time says that it serves still.
    futimens(descriptor, nil)
    return mapped
  }

  /// Writes a file that is there whole or not at all; true if there is one now, whoever wrote it.
  private func write(_ bytes: RawSpan, to file: String) -> Bool {
    let temporary = StaleTemporaries.newPath(in: path)
    TemporaryFiles.insert(temporary)
    defer {
      unsafe unlink(temporary)
      TemporaryFiles.remove(temporary)
    }
    let descriptor = StaleTemporaries.create(temporary, mode: 0o400)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    guard writeAll(bytes, to: descriptor, at: 0) == nil else { return false }
    if unsafe link(temporary, file) == 0 { return true }
    guard errno == EEXIST else { return false }
    // Another process was first, or what is there was damaged.
    if Self.mapped(file, equalTo: bytes) != nil { return true }
    return unsafe rename(temporary, file) == 0
  }

  private func removeOldFiles() {
    StaleTemporaries.remove(from: path)
    let oldest = DiskSpace.now - Self.keptDays * 86_400
    for file in files() where file.lastUsed < oldest { unsafe unlink(file.path) }
  }

  /// The bytes that all files take on the disk and the time, in seconds since 1970, at which one was last asked for; nil where there are none.
  package var contents: (byteCount: Int, lastUsed: Int)? {
    let files = files()
    guard let last = files.map(\.lastUsed).max() else { return nil }
    return (files.reduce(0) { $0 + $1.byteCount }, last)
  }

  /// Removes all files; what is mapped stays. False when one cannot be removed.
  package func clear() -> Bool {
    files().allSatisfy { unsafe unlink($0.path) == 0 }
  }

  private func files() -> [(path: String, byteCount: Int, lastUsed: Int)] {
    guard isFolderItself(path), let names = FolderListing.names(of: path) else { return [] }
    return names.legible.filter { $0.hasSuffix(Self.suffix) }.compactMap { name in
      let file = path + "/" + name
      return DiskSpace.usage(of: file).map { (file, $0.byteCount, $0.modified) }
    }
  }
}
