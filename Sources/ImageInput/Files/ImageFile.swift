import Platform

/// Largest image file that is read, in bytes.
let fileByteLimit = 512 << 20

/// Reads a whole regular file into `buffer` and returns its length. Pipes and devices are never waited for.
///
/// - Throws: ``ImageError`` with `notFound`, `noPermission`, `notAFile`, `unreadable`, `empty` or `fileTooLarge`.
func readImageFile(atPath path: String, into buffer: inout ByteBuffer) throws(ImageError) -> Int {
  let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
  guard descriptor >= 0 else { throw openError(errno, path) }
  defer { close(descriptor) }

  var status = stat()
  guard unsafe fstat(descriptor, &status) == 0 else { throw systemError("examined", errno) }
  switch status.st_mode & S_IFMT {
  case S_IFREG: break
  case S_IFDIR: throw ImageError(.notAFile, "is a folder; name an image file")
  default: throw ImageError(.notAFile, "is a pipe or a device; copy the image to a regular file")
  }
  let size = Int(status.st_size)
  guard size <= fileByteLimit else { throw fileTooLarge(size) }

  // A file may grow or shrink meanwhile: what counts is what was read.
  let memory = try unsafe buffer.reserve(size)
  var count = 0
  while count < size {
    let step = unsafe read(descriptor, memory + count, size - count)
    if step < 0, errno == EINTR { continue }
    guard step >= 0 else { throw systemError("read", errno) }
    if step == 0 { break }
    count += step
  }
  guard count > 0 else { throw emptyImage() }
  return count
}

/// Checks the size of bytes that were given in memory.
func checkByteCount(_ count: Int) throws(ImageError) {
  guard count > 0 else { throw emptyImage() }
  guard count <= fileByteLimit else { throw fileTooLarge(count) }
}

private func emptyImage() -> ImageError {
  ImageError(.empty, "is empty (0 bytes); copy or download the image again")
}

private func fileTooLarge(_ size: Int) -> ImageError {
  ImageError(.fileTooLarge, "has \(size) bytes; images may have up to \(fileByteLimit)")
}

private func openError(_ number: Int32, _ path: String) -> ImageError {
  switch number {
  // Names that are not UTF-8 arrive with this in the place of the bytes that are not.
  case ENOENT where path.unicodeScalars.contains("\u{FFFD}"):
    ImageError(.notFound, "does not exist under this name; if its name is not UTF-8, rename it")
  case ENOENT, ENOTDIR: ImageError(.notFound, "does not exist; check the path")
  case EACCES, EPERM: ImageError(.noPermission, "may not be read; change its permissions")
  case ENXIO, ENODEV: ImageError(.notAFile, "is a pipe or a device; copy the image to a regular file")
  default: systemError("opened", number)
  }
}

private func systemError(_ verb: String, _ number: Int32) -> ImageError {
  let reason = unsafe String(cString: strerror(number))
  return ImageError(.unreadable, "could not be \(verb): \(reason)")
}
