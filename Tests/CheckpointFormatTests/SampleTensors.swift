import CheckpointFormat
import TensorCore
import TestSupport

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension Tensor {
  /// A tensor of the given bytes.
  init(_ shape: Shape, _ type: ElementType, bytes: [UInt8]) {
    var buffer = AlignedBuffer(byteCount: bytes.count)
    var target = buffer.mutableBytes
    target.copy(from: bytes.rawBytes)
    self.init(shape: shape, elementType: type, buffer: buffer)
  }

  /// A tensor whose floats look like weights: their exponents repeat, their fractions do not. Other types hold the
  /// upper halves, or the numbers as they come; the scales of int8 are one half.
  init(_ shape: Shape, _ type: ElementType = .float32, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var writer = ByteWriter()
    for _ in 0..<type.scaleByteCount(of: shape) / 4 { writer.write(Float(0.5).bitPattern) }
    for _ in 0..<shape.elementCount {
      let random = generator.next()
      let weight = Float(Int64(bitPattern: random) >> 40) / 67_108_864
      switch type {
      case .float32: writer.write(weight.bitPattern)
      case .bfloat16: writer.write(UInt16(weight.bitPattern >> 16))
      case .float16: writer.write(UInt16(random & 0x83FF) | 0x2800)
      case .float64: writer.write(Double(weight).bitPattern ^ (random >> 20))
      case .int64: writer.write(random)
      case .int8: writer.write(UInt8(truncatingIfNeeded: random & random >> 8))
      }
    }
    self.init(shape, type, bytes: writer.bytes)
  }

  var byteArray: [UInt8] { Array(copying: bytes) }
}

/// Tensors to write, by name.
typealias NamedTensors = [(name: String, tensor: Tensor)]

enum Sample {
  static let architecture = Array(#"{"name":"sample"}"#.utf8)
  static let metadata = Array(#"{"labels":["cat","dog"]}"#.utf8)

  /// A few tensors, with every element type, a scalar, an empty one and padding.
  static var small: NamedTensors {
    [
      ("fc.weight", Tensor([2, 3], seed: 1)),
      ("bn1.num_batches_tracked", Tensor([], .int64, seed: 2)),
      ("conv1.weight", Tensor([3, 3, 11], seed: 3)),
      ("empty", Tensor([0, 4], seed: 4)),
      ("half.weight", Tensor([33], .float16, seed: 5)),
      ("brain.weight", Tensor([5, 7], .bfloat16, seed: 6)),
      ("wide.weight", Tensor([9], .float64, seed: 7)),
      ("zero", Tensor([0], .int64, seed: 8)),
    ]
  }

  /// Writes tensors to a file and returns its bytes.
  static func bytes(
    _ tensors: NamedTensors = small, codec: Codec = .automatic, in folder: TemporaryFolder
  ) throws -> [UInt8] {
    let path = folder.file("sample.rzoo")
    try CheckpointWriter.write(
      architectureJSON: architecture, metadataJSON: metadata, tensors: tensors, codec: codec, to: path)
    return readFile(path)
  }
}

/// Opens a file, verifies it and loads everything.
func openVerifyAndLoad(_ path: String) throws(CheckpointError) {
  let reader = try CheckpointReader(path: path)
  try reader.verify(threads: 1)
  _ = try reader.loadTensors(threads: 1)
}

/// The error of opening, verifying and loading a file; nil when there is none.
func fault(of path: String) -> CheckpointError? {
  do throws(CheckpointError) {
    try openVerifyAndLoad(path)
    return nil
  } catch {
    return error
  }
}
