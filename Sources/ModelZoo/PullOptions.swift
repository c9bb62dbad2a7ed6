public import Messages

/// Options for fetching a published file.
public struct PullOptions: Hashable, Sendable {
  /// An address that takes the place of the official one up to the file's name; it may begin with `http://`.
  public var mirror: String?
  /// True if a checkpoint in the cache is fetched and made again.
  public var replaces: Bool
  /// True if the published file stays in the cache beside the checkpoint.
  public var keepsSource: Bool
  /// True if a file of whose SHA-256 only a part is known may come from an `http://` mirror, or from an earlier download in
  /// the cache, all the same: whoever can change it there can make another that passes.
  public var allowsWeakCheck: Bool

  /// Options; the official address by default, and nothing but the checkpoint stays.
  public init(
    mirror: String? = nil, replaces: Bool = false, keepsSource: Bool = false, allowsWeakCheck: Bool = false
  ) {
    self.mirror = mirror
    self.replaces = replaces
    self.keepsSource = keepsSource
    self.allowsWeakCheck = allowsWeakCheck
  }
}

/// A step in the progress of a pull.
public enum PullEvent: Hashable, Sendable {
  /// Another process pulls the same weights; this one waits for it.
  case waiting
  /// The download continues after `from` bytes of an earlier attempt.
  case resuming(from: UInt64)
  /// `done` bytes have come, of `total` if the server says.
  case downloading(done: UInt64, total: UInt64?)
  /// The download is compared with what was published.
  case checking
  /// The checkpoint is being made.
  case converting
}

/// A summary of a pull.
public struct PullReport: Sendable {
  /// The checkpoint.
  public let path: String
  /// True if the checkpoint was in the cache before.
  public let wasCached: Bool
  /// The published file, if it was kept.
  public let source: String?
  /// The notes of the conversion, a sentence each.
  public let notes: [Remark]
}
