import Files
import TensorCore

/// Fetches one file into a part that survives an interruption, and goes on from there.
///
/// Beside the part lies a file with the ending `.version`, which says of which version of the file the part is.
final class Download {
  private let address: String
  private let allowsHTTP: Bool
  private let part: GrowingFile
  private let expected: ClosedRange<UInt64>
  private let onProgress: (PullEvent) -> Void
  /// Whether the part is made of more than one answer.
  private(set) var isPatched: Bool

  /// How often a download that breaks off is taken up again at once.
  private static let attempts = 5

  /// - Parameter expected: the sizes in bytes that the file may have.
  init(
    address: String, allowsHTTP: Bool, part: GrowingFile, expected: ClosedRange<UInt64>,
    onProgress: @escaping (PullEvent) -> Void
  ) {
    self.address = address
    self.allowsHTTP = allowsHTTP
    self.part = part
    self.expected = expected
    self.onProgress = onProgress
    isPatched = part.byteCount > 0
  }

  /// Downloads until the part is whole; a connection that breaks off after it brought something is taken up again.
  ///
  /// - Throws: ``PullError``. What has come is kept, unless it cannot be of the file.
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
        guard error.transferCode == .brokenOff || error.transferCode == .timeout, part.byteCount > before,
          attempt < Self.attempts
        else { throw error }
      }
      isPatched = true
    }
    throw .transfer(
      TransferError(.notHTTP, address: address, "the server gives other answers each time that it is asked"))
  }

  /// Drops what has come, to begin anew with the given version of the file.
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

  /// Removes the part and what lies beside it.
  func discard() {
    removeFile(part.path)
    removeFile(versionPath)
  }

  /// Gives the whole file its name.
  func finish(as path: String) throws(PullError) {
    do { try part.rename(to: path) } catch { throw .file(error) }
    removeFile(versionPath)
  }

  /// Makes one request, and says whether the part is whole then.
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

  /// - Parameter size: what comes, in words.
  private func wrongSize(_ size: String) -> TransferError {
    let published =
      expected.lowerBound > 0
      ? "the published file has \(expected.lowerBound) to \(expected.upperBound)"
      : "its network needs \(expected.upperBound) at most"
    return TransferError(.wrongSize, address: address, "the server sends \(size); \(published)")
  }
}

extension Download {
  /// One answer of the server, on its way into the part.
  private final class Answer: TransferReceiver {
    private let download: Download
    private(set) var head = ResponseHead()
    /// Why the answer was stopped.
    private(set) var problem: PullError?
    /// The bytes of the whole file, as far as the server says.
    private(set) var total: UInt64?
    private var hasBegun = false

    init(_ download: Download) { self.download = download }

    override func take(header line: String) { head.take(line) }

    override func take(_ bytes: RawSpan) -> Bool {
      do throws(PullError) {
        guard try begin() else { return false }
        let part = download.part
        guard part.byteCount + UInt64(bytes.byteCount) <= download.expected.upperBound else {
          throw .transfer(download.wrongSize("more than \(download.expected.upperBound) bytes"))
        }
        do { try part.append(bytes) } catch { throw .file(error) }
        download.onProgress(.downloading(done: part.byteCount, total: total))
        return true
      } catch {
        problem = error
        return false
      }
    }

    /// Checks the head: the status, and the size of the file as far as the server says.
    func examine() throws(PullError) {
      switch head.status {
      case 200: total = head.contentLength
      case 206: total = head.part?.total
      case 416 where download.part.byteCount > 0: return
      default: throw .transfer(TransferError(status: head.status, address: download.address))
      }
      if let total, !download.expected.contains(total) {
        throw .transfer(download.wrongSize("\(total) bytes"))
      }
    }

    /// Reads the head before the first byte of the body, and says whether the body belongs into the part.
    @discardableResult
    func begin() throws(PullError) -> Bool {
      guard !hasBegun else { return true }
      try examine()
      let part = download.part
      switch head.status {
      case 200: try download.restart(version: head.validator)
      case 206:
        guard let given = head.part, given.first == part.byteCount else {
          guard part.byteCount > 0 else {
            throw .transfer(
              TransferError(
                .notHTTP, address: download.address,
                "the server sends another part of the file than it was asked for"))
          }
          // The next request asks for the whole.
          try download.restart(version: nil)
          return false
        }
      default: return false
      }
      hasBegun = true
      return true
    }
  }
}
