import Testing

@testable import ModelDescriptor

/// The metadata document, NETWORK §2.2.
@Suite struct MetadataTests {
  private func descriptor() throws -> ModelDescriptor {
    var descriptor = ModelDescriptor(
      architecture: try .preset(named: "small_resnet18", classes: 2), preprocessing: .cifar10,
      labels: ["cat", "dog"], origin: Origin(kind: .trained))
    descriptor.recipe = ["optimizer": "sgd", "epochs": "30"]
    descriptor.notes = "Trained on\ntwo cats."
    descriptor.trace = GoldenTrace(seed: .max, inputSize: [3, 32, 32], logits: [0.1, -3e-9])
    return descriptor
  }

  private func copy(_ descriptor: ModelDescriptor) throws -> ModelDescriptor {
    try ModelDescriptor(
      architectureJSON: descriptor.architectureJSON(), metadataJSON: descriptor.metadataJSON())
  }

  @Test func everyFieldComesBack() throws {
    let descriptor = try descriptor()
    #expect(try copy(descriptor) == descriptor)
  }

  @Test func membersThatNobodyKnowsAreKept() throws {
    let descriptor = try descriptor()
    let json = String(decoding: try descriptor.metadataJSON(), as: UTF8.self)
    let unknown =
      #"{"a_later":[1,-2,2.5,"x",true,null,18446744073709551615,{"deep":{"er":[]}}],"a_more":false,"#
    let extended = unknown + json.dropFirst()
    let read = try ModelDescriptor(
      architectureJSON: descriptor.architectureJSON(), metadataJSON: Array(extended.utf8))
    #expect(String(decoding: try read.metadataJSON(), as: UTF8.self) == extended)
  }

  @Test func fieldsThatAreNotThereAreNotWritten() throws {
    var descriptor = try descriptor()
    (descriptor.recipe, descriptor.notes, descriptor.trace) = ([:], nil, nil)
    let json = String(decoding: try descriptor.metadataJSON(), as: UTF8.self)
    for name in ["recipe", "notes", "trace"] { #expect(!json.contains(name)) }
  }

  @Test func tracesThatFitNoNetworkAreRefused() throws {
    for (trace, field) in [
      (GoldenTrace(seed: 1, inputSize: [3, 32], logits: [1, 2]), "trace.input_size"),
      (GoldenTrace(seed: 1, inputSize: [1, 32, 32], logits: [1, 2]), "trace.input_size"),
      (GoldenTrace(seed: 1, inputSize: [3, 0, 32], logits: [1, 2]), "trace.input_size"),
      (GoldenTrace(seed: 1, inputSize: [3, 65536, 65536], logits: [1, 2]), "trace.input_size"),
      (GoldenTrace(seed: 1, inputSize: [3, 32, .max], logits: [1, 2]), "trace.input_size"),
      (GoldenTrace(seed: 1, inputSize: [3, 32, 32], logits: [1]), "trace.logits"),
      (GoldenTrace(seed: 1, inputSize: [3, 32, 32], logits: [1, .nan]), "trace.logits[1]"),
    ] {
      var descriptor = try descriptor()
      descriptor.trace = trace
      #expect { try descriptor.validate() } throws: { ($0 as? DescriptorError)?.field == field }
    }
  }

  @Test func deviationIsRelativeToTheLargestLogit() {
    let trace = GoldenTrace(seed: 1, inputSize: [1, 1, 1], logits: [1, -4])
    #expect(trace.deviation(of: [1, -4]) == 0)
    #expect(trace.deviation(of: [1.5, -4.25]) == 0.125)
    #expect(trace.deviation(of: [1]) == .infinity)
    #expect(trace.deviation(of: [1, .nan]) == .infinity)
    let zeros = GoldenTrace(seed: 1, inputSize: [1, 1, 1], logits: [0])
    #expect(zeros.deviation(of: [0]) == 0 && zeros.deviation(of: [1e-30]) == .infinity)
  }
}
