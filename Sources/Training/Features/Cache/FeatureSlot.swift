import Datasets
import TensorCore

/// The identity of the features that an entry of the cache holds.
struct FeatureIdentity: Hashable {
  var image: ImageDigest
  /// The position of the image in its set where random numbers depend on it; otherwise 0.
  var place: UInt64
  /// The number of the augmented version of the image.
  var view: UInt32
}

/// A row of the index: the content of one slot of the data file.
///
/// | offset | size | |
/// |---|---|---|
/// | 0 | 4 | CRC-32C of the bytes from 4 on |
/// | 4 | 4 | CRC-32C of the slot's data |
/// | 8 | 4 | view |
/// | 12 | 4 | 0 |
/// | 16 | 8 | place |
/// | 24 | 8 | the slot's number |
/// | 32 | 32 | digest of the image |
struct FeatureSlot: Hashable {
  var identity: FeatureIdentity
  var number: UInt64
  var checksum: UInt32

  static let byteCount = 64

  init(identity: FeatureIdentity, number: Int, checksum: UInt32) {
    self.identity = identity
    self.number = UInt64(number)
    self.checksum = checksum
  }

  /// Reads a row; nil when it is damaged.
  init?(_ bytes: RawSpan) {
    do {
      var reader = ByteReader(bytes)
      let own = try reader.read(UInt32.self)
      guard own == CRC32C.checksum(of: bytes.extracting(droppingFirst: 4)) else { return nil }
      checksum = try reader.read()
      let view = try reader.read(UInt32.self)
      _ = try reader.read(UInt32.self)
      let place = try reader.read(UInt64.self)
      number = try reader.read()
      let digest = try reader.readBytes(ImageDigest.byteCount)
      identity = FeatureIdentity(image: ImageDigest(digest), place: place, view: view)
      try reader.expectEnd()
    } catch {
      return nil
    }
  }

  /// The bytes of the row.
  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.write(checksum)
    writer.write(identity.view)
    writer.write(UInt32(0))
    writer.write(identity.place)
    writer.write(number)
    identity.image.write(to: &writer)
    var whole = ByteWriter()
    whole.write(CRC32C.checksum(of: writer.bytes))
    whole.write(bytes: writer.bytes)
    return whole.bytes
  }
}
