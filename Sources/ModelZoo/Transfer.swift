import CTransfer
import Files
import PublishedModels

/// A receiver of the head's lines and the body's bytes of an answer.
class TransferReceiver {
  /// Takes a line of an answer's head.
  func take(header line: String) {}

  /// Takes bytes of the body, and returns true to go on.
  func take(_ bytes: RawSpan) -> Bool { true }
}

/// One GET request through libcurl, which knows the user's proxies and the system's certificates.
struct Transfer {
  let address: String
  /// True if the address, and those it redirects to, may be unencrypted.
  let allowsHTTP: Bool
  /// The first byte of the wanted part of the file; 0 for the whole.
  var firstByte: UInt64 = 0
  /// The version of the file that the part must be of, as ``ResponseHead/validator`` gave it.
  var validator: String?
  /// The least pace of the server.
  var patience = Patience()

  /// How slow a server may be.
  struct Patience {
    /// The seconds until the first byte of the file: a mirror may have to fetch it first.
    var firstSeconds: UInt32 = 60
    /// The seconds over which the pace is measured from then on.
    var windowSeconds: UInt32 = 30
    /// The bytes that must come in each such time: on average 1 KiB each second.
    var windowBytes: UInt64 = 30 << 10
  }

  /// Waits for the whole answer, whatever its status.
  ///
  /// - Returns: false when the receiver ended it.
  /// - Throws: ``TransferError``.
  func run(_ receiver: TransferReceiver) throws(TransferError) -> Bool {
    var flags = allowsHTTP ? RZ_TRANSFER_ALLOWS_HTTP.rawValue : 0
    if isLoopback { flags |= RZ_TRANSFER_IS_DIRECT.rawValue }
    var report = rz_transfer_report()
    let result = withExtendedLifetime(receiver) {
      unsafe rz_transfer(
        address, "reszoo", firstByte, validator, Self.certificates, flags,
        rz_transfer_patience(
          first_seconds: patience.firstSeconds, window_seconds: patience.windowSeconds,
          window_bytes: patience.windowBytes),
        Unmanaged.passUnretained(receiver).toOpaque(),
        { context, line, count in
          guard let context = unsafe context, let line = unsafe line else { return }
          let bytes = unsafe UnsafeRawBufferPointer(start: line, count: count)
          let receiver = unsafe Unmanaged<TransferReceiver>.fromOpaque(context).takeUnretainedValue()
          unsafe receiver.take(header: String(decoding: bytes, as: UTF8.self))
        },
        { context, start, count in
          guard let context = unsafe context, let start = unsafe start else { return count == 0 }
          let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
          let receiver = unsafe Unmanaged<TransferReceiver>.fromOpaque(context).takeUnretainedValue()
          return unsafe receiver.take(RawSpan(_unsafeBytes: bytes))
        }, &report)
    }
    switch UInt32(result) {
    case RZ_TRANSFER_OK.rawValue: return true
    case RZ_TRANSFER_STOPPED.rawValue: return false
    default:
      let words = unsafe withUnsafeBytes(of: report.message) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw error(UInt32(result), words)
    }
  }

  /// This machine's own servers are asked directly.
  private var isLoopback: Bool {
    ["http://127.", "http://localhost:", "http://localhost/", "http://[::1]"].contains(
      where: address.withoutCredentials.hasPrefix)
  }

  /// The certificates that curl's and OpenSSL's environment variables name; libcurl itself does not look there.
  private static var certificates: String? {
    for name in ["CURL_CA_BUNDLE", "SSL_CERT_FILE"] {
      if let value = environment(name) { return value }
    }
    return nil
  }

  /// - Parameter words: libcurl's.
  private func error(_ result: UInt32, _ words: String) -> TransferError {
    let (code, message): (TransferError.Code, String) =
      switch result {
      case RZ_TRANSFER_NO_LIBRARY.rawValue:
        (
          .noLibrary,
          "cannot be downloaded without libcurl; install it (on Debian and Ubuntu: apt-get install curl)"
        )
      case RZ_TRANSFER_BAD_ADDRESS.rawValue: (.badAddress, "cannot be asked for: \(words)")
      case RZ_TRANSFER_NO_HOST.rawValue, RZ_TRANSFER_NO_CONNECTION.rawValue:
        (
          result == RZ_TRANSFER_NO_HOST.rawValue ? .noHost : .noConnection,
          "\(words); is there a network? A proxy is named by the environment variable https_proxy"
        )
      case RZ_TRANSFER_LONG_HEAD.rawValue:
        (.notHTTP, "the head of the server's answer is longer than any server needs")
      case RZ_TRANSFER_SLOW.rawValue:
        (
          .timeout,
          "the server sends too slowly: nothing for \(patience.firstSeconds) s, or less than \(patience.windowBytes) bytes "
            + "in \(patience.windowSeconds) s"
        )
      case RZ_TRANSFER_TIMEOUT.rawValue: (.timeout, "the server took too long: \(words)")
      case RZ_TRANSFER_UNTRUSTED.rawValue:
        (
          .untrusted,
          "the server does not prove that it is the right one: \(words); the environment variable CURL_CA_BUNDLE "
            + "names other certificates to trust"
        )
      case RZ_TRANSFER_REDIRECTS.rawValue: (.redirects, "it is redirected again and again: \(words)")
      case RZ_TRANSFER_BROKEN_OFF.rawValue: (.brokenOff, "the download broke off: \(words)")
      case RZ_TRANSFER_NOT_HTTP.rawValue: (.notHTTP, "the server does not speak HTTP: \(words)")
      default: (.other, words)
      }
    return TransferError(code, address: address, message)
  }
}
