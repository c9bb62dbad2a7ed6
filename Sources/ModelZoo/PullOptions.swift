public import Messages

/// How a published file is fetched.
public struct PullOptions: Hashable, Sendable {
  /// An address that takes the place of the official one up to the file's name; it may begin with `http://`.
  public var mirror: String?
  /// Whether what is in the cache already is fetched and made anew.
  public var replaces: Bool
  /// Whether the published file stays in the cache beside the checkpoint.
  public var keepsSource: Bool

  /// Options; the official address by default, and nothing but the checkpoint stays.
  public init(mirror: String? = nil, replaces: Bool = false, keepsSource: Bool = false) {
    self.mirror = mirror
    self.replaces = replaces
    self.keepsSource = keepsSource
  }
}

/// How far a pull has come.
public enum PullEvent: Hashable, Sendable {
  /// Another process pulls the same weights; this one waits for it.
  case waiting
  /// The beginning of the file is here from before.
  case resuming(from: UInt64)
  /// So many bytes have come, of so many if the server says.
  case downloading(done: UInt64, total: UInt64?)
  /// The download is compared with what was published.
  case checking
  /// The checkpoint is being made.
  case converting
}

/// What a pull did.
public struct PullReport: Sendable {
  /// The checkpoint.
  public let path: String
  /// Whether it was in the cache before.
  public let wasCached: Bool
  /// The published file, if it was kept.
  public let source: String?
  /// What was assumed in converting, a sentence each.
  public let notes: [Remark]
}
