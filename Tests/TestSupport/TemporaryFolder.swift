package import Platform

/// A folder that is removed with everything in it.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init() {
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    path = parent + "/reszoo-test-" + String(UInt64.random(in: 0 ... .max), radix: 36)
    precondition(unsafe mkdir(path, 0o777) == 0, "cannot create \(path)")
  }

  deinit {
    Self.remove(path)
  }

  /// Makes a folder in the folder and returns its path.
  package func makeFolder(_ name: String) -> String {
    precondition(unsafe mkdir(file(name), 0o777) == 0, "cannot create \(name)")
    return file(name)
  }

  private static func remove(_ path: String) {
    for name in names(in: path) {
      let inner = path + "/" + name
      var status = stat()
      if unsafe lstat(inner, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
        remove(inner)
      } else {
        unsafe unlink(inner)
      }
    }
    unsafe rmdir(path)
  }

  /// The names of the files in the folder, sorted.
  package var names: [String] { Self.names(in: path) }

  /// The names of the files in some folder, sorted; none when there is no folder.
  package static func names(in path: String) -> [String] {
    guard let folder = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  package func file(_ name: String = "test.rzoo") -> String { path + "/" + name }

  @discardableResult
  package func write(_ bytes: [UInt8], to name: String = "test.rzoo") -> String {
    let path = file(name)
    writeFile(bytes, to: path)
    return path
  }
}

/// Replaces the content of a file, not atomically.
package func writeFile(_ bytes: [UInt8], to path: String) {
  let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
  precondition(descriptor >= 0, "cannot create \(path)")
  defer { close(descriptor) }
  var done = 0
  while done < bytes.count {
    let count = unsafe bytes.withUnsafeBytes { buffer in
      unsafe write(descriptor, buffer.baseAddress.unsafelyUnwrapped + done, buffer.count - done)
    }
    precondition(count > 0, "cannot write \(path)")
    done += count
  }
}

/// The content of a file.
package func readFile(_ path: String) -> [UInt8] {
  let descriptor = unsafe open(path, O_RDONLY)
  precondition(descriptor >= 0, "cannot open \(path)")
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = unsafe read(descriptor, &piece, piece.count)
    guard count > 0 else { return bytes }
    bytes.append(contentsOf: piece[..<count])
  }
}

/// The permissions of a file.
package func mode(of path: String) -> mode_t {
  var status = stat()
  precondition(unsafe stat(path, &status) == 0, "cannot stat \(path)")
  return status.st_mode & 0o7777
}
