import TensorCore

/// The rule for the scales of i8, FORMAT §4.3.
enum ChannelScales {
  /// Checks the scales among a chunk's decoded bytes.
  static func check(
    _ decoded: RawSpan, _ place: ChunkPlace, _ entry: TensorEntry
  ) throws(CheckpointError) {
    let scaleEnd = entry.elementType.scaleByteCount(of: entry.shape)
    let count = min(decoded.byteCount, scaleEnd - place.decoded.lowerBound)
    guard count > 0 else { return }
    // Chunks are cut at multiples of four bytes, so no scale lies in two.
    if let index = ChannelQuantization.firstUnsoundScale(in: decoded.extracting(first: count)) {
      throw CheckpointError(
        .badScale, at: place.position,
        "the scale of channel \(place.decoded.lowerBound / 4 + index) of tensor \(entry.name) is negative or not finite"
      )
    }
  }

  /// Refuses a tensor that no reader would accept.
  static func require(_ tensor: Tensor, named name: String) throws(CheckpointError) {
    let count = tensor.elementType.scaleByteCount(of: tensor.shape)
    if let index = ChannelQuantization.firstUnsoundScale(in: tensor.bytes.extracting(first: count)) {
      throw CheckpointError(
        .invalidInput, "the scale of channel \(index) of tensor \(name) is negative or not finite")
    }
  }
}
