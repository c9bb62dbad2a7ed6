import Files
import TensorCore

extension Download {
  /// One answer of the server, on its way into the part.
  final class Answer: TransferReceiver {
    private let download: Download
    private(set) var head = ResponseHead()
    /// The reason why the answer was stopped.
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

    /// Reads the head before the first byte of the body, and returns true if the body belongs into the part.
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
