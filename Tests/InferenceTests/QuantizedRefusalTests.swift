import Inference
import ModelDescriptor
import ResNetModel
import Testing

/// Quantized networks are not computed as if they were of real numbers.
@Suite struct QuantizedRefusalTests {
  @Test func `a plan of real numbers is refused, and one of the dequantized network is not`() throws {
    let model = try Model(contentsOf: NetworkVectorTests.folder + "/networks/quantized.rzoo")
    for exact in [false, true] {
      let error = #expect(throws: InferenceError.self) { try InferencePlan(model, exact: exact) }
      #expect(error?.code == .quantized)
      #expect(error?.message.contains("9 of its layers compute with 8-bit integers") == true)
    }
    _ = try InferencePlan(model.dequantized())
  }
}
