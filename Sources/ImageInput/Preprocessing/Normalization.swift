import CImageCodecs
package import ModelDescriptor

/// The network's value of each 8-bit sample: scaled to 0…1, less the mean, divided by the deviation.
package struct Normalization: Sendable {
  private let channels: Int
  /// True if the network's first and last channel change places with the image's.
  private let isReversed: Bool
  /// [channels of the image][256]
  private let table: [Float]

  /// - Parameter record: a valid one, of 1 or 3 channels.
  package init(_ record: Preprocessing) {
    channels = record.inputSize[0]
    isReversed = record.channelOrder == .bgr
    table = zip(record.inImageOrder(record.mean), record.inImageOrder(record.std)).flatMap { mean, std in
      (0..<256).map { sample in
        // Three roundings, as torchvision's to_tensor and normalize do one after the other.
        let scaled = Float(sample) / 255
        let centered = scaled - Float(mean)
        return centered / Float(std)
      }
    }
  }

  /// Writes what `pixels` pixels at `source` are; both lie as [pixel][channel].
  package func apply(_ source: UnsafePointer<UInt8>?, pixels: Int, to target: UnsafeMutablePointer<Float>?) {
    unsafe rz_look_up_f32(source, pixels, channels, table, target)
    guard isReversed, let target = unsafe target else { return }
    for pixel in 0..<pixels {
      let red = unsafe target[3 * pixel]
      unsafe target[3 * pixel] = target[3 * pixel + 2]
      unsafe target[3 * pixel + 2] = red
    }
  }
}

extension Preprocessing {
  /// Values of the network's channels in the order of an image's: red, green, blue.
  func inImageOrder(_ values: [Double]) -> [Double] {
    channelOrder == .bgr ? values.reversed() : values
  }
}

/// Checks that images can be prepared as a record says.
///
/// - Throws: ``ImageError`` with `invalidRecord`, or `channels` when the input has neither 1 nor 3 of them.
func checkRecord(_ record: Preprocessing) throws(ImageError) {
  do {
    try record.validate()
  } catch {
    throw ImageError(.invalidRecord, "the preprocessing record cannot be followed: \(error)")
  }
  guard record.inputSize[0] == 1 || record.inputSize[0] == 3 else {
    throw ImageError(
      .channels,
      "images become 1 or 3 channels, the network takes \(record.inputSize[0]); give it a tensor file instead"
    )
  }
}
