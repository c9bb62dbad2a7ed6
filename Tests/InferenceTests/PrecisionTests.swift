import Inference
import Kernels
import ModelDescriptor
import ResNetModel
import TensorCore
import Testing
import Threads

/// Plans whose products are of bfloat16 numbers.
@Suite struct PrecisionTests {
  @Test(arguments: TestNetworks.all.map(\.name))
  func aResultIsTheSameBitsWhateverTheBatchAndTheThreads(name: String) throws {
    let architecture = try #require(TestNetworks.all.first { $0.name == name }).architecture
    let model = try TestNetworks.model(architecture)
    let input = TestNetworks.images(9, channels: architecture.input.channels, height: 32, width: 28)
    let plan = try InferencePlan(model, height: 32, width: 28, precision: .bfloat16)
    let want = try InferenceSession(plan: plan, capacity: 1, threads: 1).logits(for: input).values
    for (capacity, threads) in [(1, 3), (2, 1), (3, 2), (9, 2), (16, 4)] {
      let session = try InferenceSession(plan: plan, capacity: capacity, threads: threads)
      #expect(try session.logits(for: input).values == want, "capacity \(capacity), \(threads) threads")
    }
  }

  @Test(arguments: ["resnet18", "resnext50_32x4d"], InferenceGoal.allCases)
  func aRealArchitectureIsTheSameBitsWhateverTheBatchAndTheThreads(name: String, goal: InferenceGoal) throws {
    let model = try Model(untrained: .preset(named: name), seed: 1)
    let input = TestNetworks.images(3, height: 40, width: 33)
    let plan = try InferencePlan(model, height: 40, width: 33, precision: .bfloat16, goal: goal)
    let want = try InferenceSession(plan: plan, capacity: 1, threads: 1).logits(for: input).values
    #expect(try InferenceSession(plan: plan, capacity: 3, threads: 2).logits(for: input).values == want)
    #expect(try InferenceSession(plan: plan, capacity: 2, threads: 3).logits(for: input).values == want)
  }

  /// Each rounding errs by up to 2⁻⁹ of a number, at random: of a sum of products by some 2⁻⁹ of its size, and ten to fifty layers
  /// that add up such errors reach a few hundredths of the largest logit.
  @Test(arguments: TestNetworks.all.map(\.name))
  func logitsAreThoseOfSinglePrecisionToAFewHundredths(name: String) throws {
    let architecture = try #require(TestNetworks.all.first { $0.name == name }).architecture
    try Self.expectAgreement(TestNetworks.model(architecture), height: 32, width: 28)
  }

  @Test(arguments: ["resnet18", "resnet50", "resnext50_32x4d", "cifar_resnet56"])
  func logitsOfRealArchitecturesAreThoseOfSinglePrecisionToAFewHundredths(name: String) throws {
    try Self.expectAgreement(Model(untrained: .preset(named: name), seed: 1), height: 64, width: 64)
  }

  private static func expectAgreement(
    _ model: Model, height: Int, width: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let input = TestNetworks.images(
      2, channels: model.descriptor.architecture.input.channels, height: height, width: width)
    func logits(_ precision: InferencePrecision) throws -> [Float] {
      let plan = try InferencePlan(model, height: height, width: width, precision: precision)
      return try InferenceSession(plan: plan, capacity: 2).logits(for: input).values
    }
    let (usual, rounded) = (try logits(.float32), try logits(.bfloat16))
    let largest = usual.map(abs).max() ?? 0
    let worst = zip(usual, rounded).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst <= 0.05 * largest, "\(worst) of \(largest)", sourceLocation: sourceLocation)
    #expect(worst > 0, sourceLocation: sourceLocation)
  }

  @Test func everyTableComputesTheSameProducts() throws {
    let model = try Model(untrained: .preset(named: "resnet18"), seed: 1)
    let input = TestNetworks.images(1, height: 64, width: 64)
    let pool = WorkerPool(threads: 2)
    func logits(_ kernels: KernelTable, _ precision: InferencePrecision) throws -> [Float] {
      let plan = try InferencePlan(
        model, height: 64, width: 64, precision: precision, goal: .latency, pool: pool, kernels: kernels)
      return try InferenceSession(plan: plan, capacity: 1, pool: pool).logits(for: input).values
    }
    let want = try logits(KernelTable.current, .bfloat16)
    let single = try logits(KernelTable.current, .float32)
    let largest = want.map(abs).max() ?? 0
    let rounding = zip(single, want).map { abs($0 - $1) }.max() ?? 0
    for table in KernelTable.available {
      let worst = zip(try logits(table, .bfloat16), want).map { abs($0 - $1) }.max() ?? .infinity
      // Sums that differ in their last bits round a few numbers of later layers the other way.
      #expect(
        worst <= rounding, "\(table.name): \(worst) of \(largest), with \(rounding) of single precision")
    }
  }

  @Test func automaticIsBFloat16WhereTheProcessorHasIt() throws {
    let model = try TestNetworks.model(TestNetworks.small(.basic))
    #expect(try InferencePlan(model).precision == .float32)
    #expect(try InferencePlan(model, precision: .bfloat16).precision == .bfloat16)
    #expect(
      try InferencePlan(model, precision: .automatic).precision
        == (InferencePrecision.hasBFloat16 ? .bfloat16 : .float32))
    // Sums in double precision are of numbers in single precision.
    #expect(try InferencePlan(model, exact: true, precision: .bfloat16).precision == .float32)
    let pool = WorkerPool(threads: 1)
    for table in KernelTable.available where !table.multipliesBFloat16 {
      #expect(
        try InferencePlan(model, precision: .automatic, pool: pool, kernels: table).precision == .float32)
    }
  }

  @Test(.enabled(if: InferencePrecision.hasBFloat16, "the processor has no instructions for bfloat16"))
  func theWidestTableUsesTheProcessorsInstructions() {
    #expect(KernelTable.available.map(\.multipliesBFloat16).last == true)
    #expect(KernelTable.available.dropLast().allSatisfy { !$0.multipliesBFloat16 })
  }

  @Test func aProfileTellsWhichStepsMultiplyWhat() throws {
    let model = try Model(untrained: .preset(named: "resnet18"), seed: 1)
    let session = try InferenceSession(
      plan: InferencePlan(model, height: 64, width: 64, precision: .bfloat16), capacity: 2, threads: 2)
    let profile = session.profile(count: 2, runs: 2)
    func layer(_ name: String) throws -> LayerProfile { try #require(profile.first { $0.name == name }) }
    #expect(try layer("conv1").isBFloat16 && layer("conv1").engine == "bf16")
    #expect(try layer("layer2.0.downsample.0").isBFloat16)
    #expect(try layer("fc").engine == "linear bf16")
    let usual = try InferenceSession(
      plan: InferencePlan(model, height: 64, width: 64), capacity: 2, threads: 2)
    #expect(usual.profile(count: 2, runs: 2).allSatisfy { !$0.isBFloat16 })
  }
}
