import ModelDescriptor
import ResNetModel
import TensorCore
import Testing

@testable import Inference

/// NETWORK §6.2.
@Suite struct GoldenTraceTests {
  @Test func theInputIsTheOneOfTheSpecification() {
    let input = GoldenTrace.input(seed: 1, size: [1, 1, 3])
    #expect(input.shape == [1, 1, 1, 3])
    // Computed by the specification's formula in Python.
    #expect(input.values == [0.26624608039855957, 0.9831268787384033, 1.8840107917785645])
    let many = GoldenTrace.input(seed: .max, size: [3, 64, 64]).values
    #expect(many.allSatisfy { $0 >= -2 && $0 < 2 && $0 * 0x1p22 == ($0 * 0x1p22).rounded() })
    #expect(many.max() ?? 0 > 1.99 && many.min() ?? 0 < -1.99)
  }

  @Test(arguments: TestNetworks.all.indices) func aNetworkAnswersAsItDid(_ number: Int) throws {
    let model = try TestNetworks.model(TestNetworks.all[number].architecture)
    let trace = try GoldenTrace(of: model, seed: 5)
    #expect(trace.logits.count == model.descriptor.architecture.classes)
    #expect(try trace.replay(on: model) == 0)
    let other = try TestNetworks.model(TestNetworks.all[number].architecture, seed: 2)
    #expect(try trace.replay(on: other) > GoldenTrace.tolerance)
    #expect(try GoldenTrace(of: model, seed: 6).logits != trace.logits)
  }

  /// The smallest change of one weight that a person would call one.
  @Test func aWeightThatChangedIsNoticed() throws {
    let model = try TestNetworks.model(TestNetworks.all[0].architecture)
    let trace = try GoldenTrace(of: model, seed: 5)
    var parameters = model.parameters
    var bias = model.parameter("fc.bias").values
    bias[0] += 1e-3 * (trace.logits.map(\.magnitude).max() ?? 0)
    parameters["fc.bias"] = Tensor(shape: [7], floats: bias)
    let changed = try Model(descriptor: model.descriptor, parameters: parameters)
    #expect(try trace.replay(on: changed) > GoldenTrace.tolerance)
  }

  @Test func answersThatAreNotFiniteAreNotRecorded() throws {
    let model = try TestNetworks.model(TestNetworks.all[0].architecture)
    var parameters = model.parameters
    parameters["fc.weight"] = Tensor(
      shape: model.parameter("fc.weight").shape,
      floats: model.parameter("fc.weight").values.map { _ in Float.greatestFiniteMagnitude })
    let huge = try Model(descriptor: model.descriptor, parameters: parameters)
    #expect(throws: InferenceError(.notFinite, "")) { try GoldenTrace(of: huge, seed: 1) }
  }
}
