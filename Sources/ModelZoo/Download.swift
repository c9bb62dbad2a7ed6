import Files
import TensorCore

/// Fetches one file into a part that survives an interruption, and goes on from there.
///
/// A file with the ending `.version` lies beside the part and names the version of the file that the part belongs to.
final class Download {
  let address: String
  let part: GrowingFile
  let expected: ClosedRange<UInt64>
  let onProgress: (PullEvent) -> Void
  /// True if the part is made of more than one answer.
  private(set) var isPatched: Bool

  /// Most attempts to continue a download that breaks off.
  private static let attempts = 5

  /// - Parameter expected: the sizes in bytes that the file may have.
  init(
    address: String, part: GrowingFile, expected: ClosedRange<UInt64>,
    onProgress: @escaping (PullEvent) -> Void
  ) {
    self.address = address
    self.part = part
    self.expected = expected
    self.onProgress = onProgress
    isPatched = part.byteCount > 0
  }

  /// Downloads until the part is whole; a connection that breaks off after some bytes is made again.
  ///
  /// - Throws: ``PullError``. The part is kept, unless it cannot belong to the file.
  func run() throws(PullError) {
    if part.byteCount > expected.upperBound { try restart(version: nil) }
    for attempt in 1...Self.attempts {
      let before = part.byteCount
      if before > 0 { onProgress(.resuming(from: before)) }
      do throws(PullError) {
        if try request() {
          guard expected.contains(part.byteCount) else {
            throw .transfer(wrongSize("\(part.byteCount) bytes"))
          }
          return
        }
      } catch {
        guard attempt < Self.attempts, part.byteCount - min(before, part.byteCount) >= progress(worth: error)
        else {
          throw error
        }
      }
      isPatched = true
    }
    throw .transfer(
      TransferError(.notHTTP, address: address, "the server gives other answers each time that it is asked"))
  }

  /// The bytes that an attempt must have brought for another one to be made after this error.
  private func progress(worth error: PullError) -> UInt64 {
    switch error.transferCode {
    case .brokenOff: 1
    // A server that is slow on purpose is not asked again.
    case .timeout: 1 << 20
    default: .max
    }
  }

  /// Drops the part, to begin again with the given version of the file.
  func restart(version: String?) throws(PullError) {
    do {
      try part.clear()
      removeFile(versionPath)
      if let version {
        let file = try AtomicFile(path: versionPath)
        try file.append(Array(version.utf8).rawBytes)
        try file.commit()
      }
    } catch {
      throw .file(error)
    }
    isPatched = false
  }

  /// Removes the part and its version file.
  func discard() {
    removeFile(part.path)
    removeFile(versionPath)
  }

  /// Gives the whole file its name.
  func finish(as path: String) throws(PullError) {
    do { try part.rename(to: path) } catch { throw .file(error) }
    removeFile(versionPath)
  }

  /// True if the address is not encrypted, and those it redirects to need not be either.
  private var allowsHTTP: Bool { address.hasPrefix("http://") }

  /// Makes one request, and returns true if the part is whole then.
  private func request() throws(PullError) -> Bool {
    let first = part.byteCount
    let transfer = Transfer(
      address: address, allowsHTTP: allowsHTTP, firstByte: first, validator: first > 0 ? version : nil)
    let answer = Answer(self)
    let isWhole: Bool
    do {
      isWhole = try transfer.run(answer)
    } catch {
      // An answer that cannot be the file's is no better when all of it comes.
      let status = answer.head.status
      if answer.problem == nil, status == 200 || status == 206 || status >= 400 { try answer.examine() }
      if error.code == .badAddress, (300..<400).contains(status) {
        throw .transfer(
          TransferError(
            .badRedirect, address: address,
            "the server leads to an address that is not followed: \(error.message); "
              + "\(allowsHTTP ? "http:// and https:// are" : "only https:// is")"))
      }
      throw answer.problem ?? .transfer(error)
    }
    if let problem = answer.problem { throw problem }
    // A server that holds no such part: it is complete, or of another version.
    if answer.head.status == 416, first > 0 {
      if answer.head.wholeLength == first { return true }
      try restart(version: nil)
      return false
    }
    guard isWhole, try answer.begin() else { return false }
    let wanted = answer.total ?? expected.lowerBound
    guard part.byteCount >= wanted else {
      throw .transfer(
        TransferError(
          .brokenOff, address: address,
          "the download broke off: the server sent \(part.byteCount) of \(wanted) bytes"))
    }
    return true
  }

  private var versionPath: String { part.path + ".version" }

  private var version: String? {
    guard let bytes = try? InputFile(path: versionPath).readAll(limit: 1000) else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    return text.isEmpty || text.contains(where: \.isNewline) ? nil : text
  }

  /// - Parameter size: the size that the server sends, in words.
  func wrongSize(_ size: String) -> TransferError {
    let published =
      expected.lowerBound > 0
      ? "the published file has \(expected.lowerBound) to \(expected.upperBound)"
      : "its network needs \(expected.upperBound) at most"
    return TransferError(.wrongSize, address: address, "the server sends \(size); \(published)")
  }
}
