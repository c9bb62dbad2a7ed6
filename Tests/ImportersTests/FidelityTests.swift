import ModelDescriptor
import ResNetModel
import TensorCore
import TestSupport
import Testing
import WeightFiles

@testable import Importers

@Suite struct FidelityTests {
  private func compare(
    _ name: String, changing change: (inout [String: Tensor]) -> Void = { _ in }
  ) throws -> Fidelity {
    let options = ImportOptions(architecture: try PyTorchImportTests.tiny)
    let weights = try WeightImport(WeightFixtures.path(name), options: options)
    var parameters = try weights.report().model.parameters
    change(&parameters)
    return try weights.compare { names in parameters.filter { names.contains($0.key) } }
  }

  @Test(arguments: [
    "pytorch/zip.pth", "pytorch/stream.pth", "pytorch/tar.pth", "pytorch/channels-last.pth",
    "pytorch/channels-last-stream.pth", "pytorch/deflated.pth", "pytorch/big-endian.pth", "plain.safetensors",
    "wrapped.safetensors", "sharded/model.safetensors.index.json", "tiny",
  ])
  func everyTensorOfFloat32HasTheSameBits(name: String) throws {
    let fidelity = try compare(name)
    #expect(fidelity.isFaithful, "\(fidelity.summary)")
    #expect(fidelity.tensorCount == 27)
    #expect(fidelity.identicalCount == 27)
  }

  @Test(arguments: [
    "pytorch/float16.pth", "pytorch/bfloat16.pth", "f16.safetensors", "bf16.safetensors", "f64.safetensors",
  ])
  func narrowTypesAreExact(name: String) throws {
    let fidelity = try compare(name)
    #expect(fidelity.isFaithful, "\(fidelity.summary)")
    #expect(fidelity.exactCount == 27)
    #expect(fidelity.summary.hasSuffix(": 27 of other types are exact in float32"))
  }

  @Test(arguments: [
    "pytorch/zip.pth", "pytorch/channels-last.pth", "pytorch/float16.pth", "f16.safetensors",
    "bf16.safetensors",
    "f64.safetensors", "tiny",
  ])
  func oneChangedBitIsFound(name: String) throws {
    for bit in [0, 17, 31] {
      let fidelity = try compare(name) { parameters in
        parameters["layer2.0.conv1.weight"] = parameters["layer2.0.conv1.weight"]?.flippingBit(bit, of: 5)
      }
      // The last bits of a float64 value may round to either neighbour, but not to another float.
      #expect(!fidelity.isFaithful, "\(name) \(bit)")
      #expect(fidelity.differences.count == 1)
      #expect(fidelity.differences.first?.hasSuffix("layer2.0.conv1.weight differs at element 5") == true)
    }
  }

  @Test func aMissingOrReshapedTensorIsFound() throws {
    let fidelity = try compare("tiny") { parameters in
      parameters["fc.bias"] = nil
      parameters["bn1.bias"] = Tensor(shape: [1, 2], floats: [0, 0])
    }
    #expect(fidelity.differingCount == 2)
    #expect(fidelity.summary.hasPrefix("2 of 27 tensors differ from the source: bn1.bias is not there"))
  }

  @Test func roundingsAreCountedAndMeasured() {
    let values = [1, 0.1, -2.5, 1e-300, 0, -0.0]
    func fidelity(_ floats: [Float]) -> Fidelity {
      var buffer = AlignedBuffer(byteCount: 8 * values.count)
      var span = buffer.mutableBytes
      for (index, value) in values.enumerated() {
        span.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: 8 * index, as: UInt64.self)
      }
      var fidelity = Fidelity()
      fidelity.add(
        SourceElements(type: .float64, shape: [values.count], buffer: buffer),
        Tensor(shape: [values.count], floats: floats), name: "w")
      return fidelity
    }
    let rounded = fidelity(values.map { Float($0) })
    #expect(rounded.isFaithful)
    #expect(rounded.roundedValueCount == 2)
    #expect(rounded.valueCount == 6)
    // 1e-300 becomes zero: all of the value is lost.
    #expect(rounded.largestRounding == 1)
    #expect(fidelity([1, Float(0.1).nextUp, -2.5, 0, 0, -0.0]).differences == ["w differs at element 1"])
    #expect(fidelity([1, 0.1, -2.5, 0, 0, 0]).differences == ["w differs at element 5"])
  }

  @Test func whatATestCheckpointHoldsIsCompared() throws {
    let folder = TemporaryFolder()
    let weights = try WeightImport(WeightFixtures.path("tiny"))
    try weights.report().model.write(to: folder.file("x.rzoo"))
    let written = try Model(contentsOf: folder.file("x.rzoo"))
    #expect(try weights.compare { _ in written.parameters }.identicalCount == 27)
  }
}

extension Tensor {
  /// The same tensor with one bit of one element changed.
  fileprivate func flippingBit(_ bit: Int, of element: Int) -> Tensor {
    var values = (0..<shape.elementCount).map { floats[$0] }
    values[element] = Float(bitPattern: values[element].bitPattern ^ (1 << UInt32(bit)))
    return Tensor(shape: shape, floats: values)
  }
}
