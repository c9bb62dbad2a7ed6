import Datasets
import Files
import Messages
import ResNetGraph
import TensorCore

/// Features of images at the boundary between the frozen and the trained part, kept on disk.
///
/// An entry is found by the hash of the bytes of its image, so a changed image is computed again, and a moved image is not. Every
/// entry has a checksum, which is compared whenever it is read; a damaged entry is computed again. Any number of processes may use a cache at once; each instance belongs to one thread at a time.
///
/// A cache that cannot be kept, or not as a whole, is no error: a notice gives the reason, and the features without a place are
/// computed each time.
final class FeatureCache {
  /// One input of a training: an augmented version of an image.
  struct Entry: Hashable, Sendable {
    /// The position of the image in the set.
    var image: Int
    /// The number of the augmented version, from 0.
    var view: Int

    /// A view of an image.
    init(image: Int, view: Int = 0) {
      self.image = image
      self.view = view
    }
  }

  /// The shape of the features of each entry.
  let shape: FeatureShape
  /// The number of augmented versions of each image.
  let views: Int
  /// The most entries that are added at once.
  let batch: Int
  let codec: FeatureCodec
  private let images: [ImageDigest?]
  private let isPlaceBound: Bool
  private var files: FeatureFiles?
  /// The number of slots that may be added, beside those that replace damaged slots.
  private var room = 0
  private var addedCount = 0
  private var isFull = false
  private var notices: [String] = []
  /// The number of damaged slots that were told of.
  private var reportedDamage = 0
  private let scratch: ScratchBuffer

  /// Opens the cache of a key, and makes room for missing entries by removing the caches that were not used for longest.
  ///
  /// - Parameters:
  ///   - images: the images of the set, in its order; nil for images that cannot be read.
  ///   - views: the number of augmented versions of each image; 1 without augmentation.
  ///   - batch: the most entries that are added at once.
  /// - Throws: ``TrainingError`` with `options` for impossible options, with `file` when the given folder cannot be used.
  convenience init(
    key: FeatureKey, shape: FeatureShape, images: [ImageDigest?], views: Int = 1, batch: Int,
    options: FeatureCacheOptions = FeatureCacheOptions()
  ) throws(TrainingError) {
    try self.init(
      key: key, shape: shape, images: images, views: views, batch: batch, options: options,
      available: DiskSpace.available)
  }

  /// - Parameter available: returns the bytes that the disk of a folder has left.
  convenience init(
    key: FeatureKey, shape: FeatureShape, images: [ImageDigest?], views: Int, batch: Int,
    options: FeatureCacheOptions, available: @escaping (String) -> Int?
  ) throws(TrainingError) {
    try options.validate()
    try Self.validate(views: views, isAugmented: key.augmentation != nil)
    try self.init(
      digest: key.digest(shape: shape, storage: options.storage), isPlaceBound: key.augmentation != nil,
      shape: shape, images: images, views: views, batch: batch, options: options, available: available)
  }

  /// - Parameters:
  ///   - digest: 32 bytes that tell all that the numbers depend on beside the images.
  ///   - isPlaceBound: true if they depend on the place of an image in its set too.
  ///   - available: returns the bytes that the disk of a folder has left.
  init(
    digest: [UInt8], isPlaceBound: Bool, shape: FeatureShape, images: [ImageDigest?], views: Int, batch: Int,
    options: FeatureCacheOptions, available: @escaping (String) -> Int? = DiskSpace.available
  ) throws(TrainingError) {
    try options.validate()
    self.shape = shape
    self.views = views
    self.batch = batch
    self.images = images
    self.isPlaceBound = isPlaceBound
    codec = FeatureCodec(elementCount: shape.elementCount, type: options.storage)
    precondition(batch > 0, "a feature cache for batches of \(batch)")
    scratch = codec.rows(batch)
    guard options.limit > 0 else { return }
    do {
      let opened = try Self.open(
        digest, codec: codec, wanted: identities(), options: options, available: available)
      files = opened.files
      room = opened.room
      notices += [opened.notice].compactMap(\.self)
    } catch {
      guard options.folder == nil else {
        throw TrainingError(.file, "\(error); name another folder for the feature cache")
      }
      notices.append("features are not cached, and are computed again in each epoch: \(error)")
    }
  }

  private static func validate(views: Int, isAugmented: Bool) throws(TrainingError) {
    guard (1...65536).contains(views) else {
      throw TrainingError(.options, "\(views) views of each image; give from 1 to 65536")
    }
    guard views == 1 || isAugmented else {
      throw TrainingError(.options, "\(views) views of each image are equal without augmentation; give 1")
    }
  }

  /// Returns sentences for a user about features that were not kept since the last call, and forgets them.
  func drainNotices() -> [String] {
    let damaged = (files?.damagedCount ?? 0) - reportedDamage
    if damaged > 0, let path = files?.dataPath {
      notices.append(
        "\(path): \(damaged) kept features were damaged, and were computed again; no other program may change this file"
      )
      reportedDamage += damaged
    }
    defer { notices = [] }
    return notices
  }

  /// The bytes that this instance may still add to its folder.
  var reservedByteCount: Int { max(0, room - addedCount) * (codec.stride + FeatureSlot.byteCount) }

  /// The bytes that the features of these images take when all that have room were added.
  var fullByteCount: Int {
    guard let files else { return 0 }
    let kept = identities().count { files.contains($0) }
    return (kept + max(0, room - addedCount)) * (codec.stride + FeatureSlot.byteCount)
  }

  /// Returns true if there are features of an entry.
  func contains(_ entry: Entry) -> Bool {
    guard let files, let identity = identity(of: entry) else { return false }
    return files.contains(identity)
  }

  /// Tells the system that entries will be read soon.
  func willRead(_ entries: some Sequence<Entry>) {
    guard let files else { return }
    for entry in entries { identity(of: entry).map(files.willRead) }
  }

  /// Reads features, [height, width, channels].
  ///
  /// - Returns: false when there are none, or they are damaged; `features` may hold anything then.
  /// - Precondition: `features` has as many elements as the shape.
  @_lifetime(features: copy features)
  func read(_ entry: Entry, into features: inout MutableSpan<Float>) -> Bool {
    guard let files, let identity = identity(of: entry) else { return false }
    return files.read(identity, into: &features)
  }

  /// Adds features from the inputs of a batch, as far as there is room and they are not there yet.
  ///
  /// - Parameter entries: the entries of the first inputs of the batch, at most ``batch``.
  /// - Throws: ``TrainingError`` with `options` for a number that the storage type cannot hold.
  func store(_ entries: [Entry], from batch: TrainingBatch) throws(TrainingError) {
    try encode(entries.count, of: batch)
    storeEncoded(entries)
  }

  /// Encodes the first inputs of a batch into the scratch memory, as they are stored.
  func encode(_ count: Int, of batch: TrainingBatch) throws(TrainingError) {
    for row in 0..<count { try encode(row, of: batch, to: row) }
  }

  /// Encodes one input of a batch into a row of the scratch memory, as it is stored.
  func encode(_ input: Int, of batch: TrainingBatch, to row: Int) throws(TrainingError) {
    let (scratch, codec, range) = (self.scratch, self.codec, range(of: row))
    let fits = batch.withInput(input) { features in
      var target = scratch.mutableBytes(in: range)
      return codec.encode(features.span, to: &target)
    }
    guard !fits else { return }
    let (largest, wider) = codec.type == .float16 ? ("65504", "bf16") : ("3.39e38", "f32")
    throw TrainingError(
      .options,
      "a feature is larger than \(largest), the largest number of \(codec.type.rawValue); keep features as \(wider)"
    )
  }

  /// Decodes a row of the scratch memory, with the same result as reading the entry.
  @_lifetime(features: copy features)
  func decode(_ row: Int, to features: inout MutableSpan<Float>) {
    let scratch = self.scratch
    let bytes = scratch.bytes(in: range(of: row))
    codec.decode(bytes, to: &features)
  }

  /// Adds rows of the scratch memory. A disk that is full, or fails, ends the adding.
  func storeEncoded(_ entries: [Entry]) {
    guard let files, !isFull else { return }
    let limit = room + files.damagedCount - addedCount
    guard limit > 0 else { return }
    let rows = entries.indices.compactMap { row in identity(of: entries[row]).map { ($0, row) } }
    do {
      try files.append(rows, of: scratch, limit: limit, added: &addedCount)
    } catch {
      isFull = true
      notices.append("no more features are cached; they are computed again in each epoch: \(error)")
    }
  }

  private func range(of row: Int) -> Range<Int> {
    let start = row * codec.stride
    return start..<start + codec.byteCount
  }

  /// The identity of an entry; nil for an image that cannot be read.
  private func identity(of entry: Entry) -> FeatureIdentity? {
    precondition(entry.view < views, "view \(entry.view) of \(views)")
    return images[entry.image].map { image in
      FeatureIdentity(
        image: image, place: isPlaceBound ? UInt64(entry.image) : 0, view: UInt32(entry.view))
    }
  }

  private func identities() -> Set<FeatureIdentity> {
    var all: Set<FeatureIdentity> = []
    for image in images.indices {
      for view in 0..<views { identity(of: Entry(image: image, view: view)).map { _ = all.insert($0) } }
    }
    return all
  }
}
