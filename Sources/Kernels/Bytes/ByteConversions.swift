import CKernels

/// Floats to the nearest bytes of a scale, halves to even.
@safe package final class PreparedQuantization: ImagewiseKernel {
  private let count: Int
  private let scale: ByteScale
  private let kernels: ByteKernelTable

  package init(count: Int, scale: ByteScale, kernels: ByteKernelTable = .current) {
    self.count = count
    self.scale = scale
    self.kernels = kernels
  }

  package var label: String { "quantize" }
  package var pieceCount: Int { ConversionPieces.count(of: count) }

  package func run(piece: Int, _ image: ImageCall) {
    let range = ConversionPieces.range(of: piece, count: count)
    unsafe kernels.c.pointee.quantize(
      range.count, scale.factor, scale.shift, image.input + range.lowerBound,
      image.output.bytes + range.lowerBound)
  }
}

/// Bytes to the floats that they stand for.
@safe package final class PreparedDequantization: ImagewiseKernel {
  private let count: Int
  private let scale: ByteScale
  private let kernels: ByteKernelTable

  package init(count: Int, scale: ByteScale, kernels: ByteKernelTable = .current) {
    self.count = count
    self.scale = scale
    self.kernels = kernels
  }

  package var label: String { "dequantize" }
  package var pieceCount: Int { ConversionPieces.count(of: count) }

  package func run(piece: Int, _ image: ImageCall) {
    let range = ConversionPieces.range(of: piece, count: count)
    unsafe kernels.c.pointee.dequantize(
      range.count, Int32(scale.zero), scale.scale, image.input.bytes + range.lowerBound,
      image.output + range.lowerBound)
  }
}

/// The cut of a map's numbers into pieces that a worker takes at a time, large enough that a task's start costs nothing
/// beside them.
private enum ConversionPieces {
  private static let numbers = 1 << 15

  static func count(of count: Int) -> Int { (count + numbers - 1) / numbers }

  static func range(of piece: Int, count: Int) -> Range<Int> {
    piece * numbers..<min((piece + 1) * numbers, count)
  }
}
