package import Kernels
import ModelDescriptor
public import ResNetGraph
public import ResNetModel
package import TensorCore
package import Threads

/// The aim of a plan.
public enum InferenceGoal: String, Sendable, CaseIterable {
  /// Many images in little time.
  case throughput
  /// One image in little time, and less memory.
  case latency
}

/// A network made ready for images of one size: batch norm folded into the weights, bias, residual and ReLU fused into
/// the convolutions, weights packed, memory laid out.
///
/// A plan is immutable and holds all that sessions share; it does not keep the model.
public final class InferencePlan: Sendable {
  /// Height and width of the images that it takes.
  public let height: Int
  /// Width of the images that it takes.
  public let width: Int
  /// Channels of the images that it takes.
  public let channels: Int
  /// Logits of each image.
  public let classes: Int
  /// The numbers that it multiplies; never ``InferencePrecision/automatic``.
  public let precision: InferencePrecision
  /// The name of the numbers that its layers multiply: `int8` for a quantized network, whose other layers have ``precision``, else that of
  /// ``precision``.
  public let arithmetic: String
  /// The nodes whose values a session lends after a run, each once.
  public var outputs: [Int] { outputPlaces.keys.sorted() }
  let steps: [Step]
  /// The steps again, cut where more images may run together.
  let waves: [Wave]
  /// Where the input images go.
  let input: Step.Place
  /// True if the network rounds its input to bytes.
  let roundsInput: Bool
  /// Where the value of each output is found.
  private let outputPlaces: [Int: Step.Place]
  private let shapes: [FeatureShape]
  /// The node of the logits.
  package let logits: Int
  /// Floats that the feature maps of one image take, up to those of the next image.
  let imageStride: Int
  /// Floats of scratch that each worker needs.
  let scratchFloatCount: Int

  /// Prepares a model.
  ///
  /// - Parameters:
  ///   - model: the network; its weights are copied into packed form.
  ///   - height: of the images; what the architecture was made for by default.
  ///   - width: of the images; what the architecture was made for by default.
  ///   - exact: true for convolutions that sum in double precision: as close to the network's mathematics as single precision
  ///     between the layers allows, and several times slower.
  ///   - precision: the numbers that are multiplied; single precision if `exact`.
  ///   - goal: the aim; it decides on algorithms, and so on the last digits.
  ///   - threads: workers that pack the weights; 0 for all processors.
  ///   - outputs: indices of the graph's nodes whose values are wanted; by default the logits alone. What none of them
  ///     needs is neither computed nor packed. Every further output takes memory until the end of a run.
  /// - Throws: ``InferenceError`` with ``InferenceError/Code/size`` when the network takes no such images.
  /// - Precondition: there are outputs, and each is a node of the graph.
  public convenience init(
    _ model: Model, height: Int? = nil, width: Int? = nil, exact: Bool = false,
    precision: InferencePrecision = .float32, goal: InferenceGoal = .throughput,
    threads: Int = 0, outputs: [Int]? = nil
  ) throws(InferenceError) {
    try self.init(
      model, height: height, width: width, exact: exact, precision: precision, goal: goal, outputs: outputs,
      pool: WorkerPool(threads: threads))
  }

  package init(
    _ model: Model, height: Int? = nil, width: Int? = nil, exact: Bool = false,
    precision: InferencePrecision = .float32, goal: InferenceGoal = .throughput,
    outputs: [Int]? = nil,
    pool: WorkerPool,
    sharing: (any ByteSharing)? = nil,
    kernels: KernelTable = .current,
    byteKernels: ByteKernelTable = .current
  ) throws(InferenceError) {
    let graph = model.graph
    let outputs = outputs ?? [graph.nodes.count - 1]
    precondition(
      !outputs.isEmpty && outputs.allSatisfy(graph.nodes.indices.contains),
      "outputs \(outputs) of a network of \(graph.nodes.count) nodes")
    let precision = exact ? .float32 : precision.resolved(kernels)
    let shapes: [FeatureShape]
    do {
      shapes = try graph.shapes(height: height, width: width)
    } catch {
      throw InferenceError(.size, error.message)
    }
    let planner = StepPlanner(graph, outputs: outputs)
    let places = Self.places(of: planner, shapes: shapes, outputs: outputs)
    let factory = StepFactory(
      model: model, shapes: shapes, exact: exact, precision: precision, goal: goal, pool: pool,
      sharing: sharing, kernels: kernels, byteKernels: byteKernels)
    steps = planner.steps.map { factory.step(for: $0, places: places.byValue) }
    self.precision = precision
    arithmetic = graph.architecture.quantization == nil ? precision.rawValue : "int8"
    self.height = shapes[0].height
    self.width = shapes[0].width
    channels = shapes[0].channels
    classes = graph.architecture.classes
    input = places.byValue[planner.input] ?? .none
    roundsInput = planner.input.form == .unrounded
    logits = graph.nodes.count - 1
    outputPlaces = Dictionary(
      outputs.map { ($0, places.byValue[MapValue(node: $0, form: .floats)] ?? .none) }
    ) { first, _ in first }
    self.shapes = shapes
    imageStride = places.floatCount
    waves = Wave.waves(of: steps)
    scratchFloatCount = steps.map(\.kernel.scratchCount).max() ?? 0
  }

  /// Channels, height and width of a node's value.
  public func shape(of node: Int) -> FeatureShape { shapes[node] }

  /// Where an output is found.
  ///
  /// - Precondition: the node is one of ``outputs``.
  func place(ofOutput node: Int) -> Step.Place {
    guard let place = outputPlaces[node] else {
      preconditionFailure("node \(node) is none of the plan's outputs \(outputs)")
    }
    return place
  }

  /// Gives every feature map its place in the arena; outputs keep theirs to the end.
  private static func places(
    of planner: StepPlanner, shapes: [FeatureShape], outputs: [Int]
  ) -> (byValue: [MapValue: Step.Place], floatCount: Int) {
    func region(_ value: MapValue, step: Int) -> MemoryPlan.Region {
      MemoryPlan.Region(
        floats: value.floats(of: shapes[value.node].elementCount), firstStep: step, lastStep: step)
    }
    let steps = planner.steps
    var regions = [region(planner.input, step: 0)]
    var regionOfValue = [planner.input: 0]
    for (index, step) in steps.enumerated() {
      for read in step.reads {
        if let region = regionOfValue[read] { regions[region].lastStep = index }
      }
      regionOfValue[step.output] = regions.count
      regions.append(region(step.output, step: index))
    }
    for output in outputs {
      if let region = regionOfValue[MapValue(node: output, form: .floats)] {
        regions[region].lastStep = max(0, steps.count - 1)
      }
    }
    let plan = MemoryPlan(regions)
    let byValue = regionOfValue.mapValues { region in
      Step.Place(offset: plan.offsets[region], floats: MemoryPlan.padded(regions[region].floats))
    }
    return (byValue, plan.floatCount)
  }

  /// The instruction set whose kernels plans use here: `portable`, `avx2` or `avx512`.
  public static var kernelName: String { KernelTable.current.name }

  /// Bytes that a session's feature maps and scratch take.
  ///
  /// - Returns: nil when the number is beyond any machine.
  public func memoryNeeded(capacity: Int, threads: Int) -> Int? {
    let (arena, overflow) = imageStride.multipliedReportingOverflow(by: capacity)
    let (scratch, scratchOverflow) = scratchFloatCount.multipliedReportingOverflow(by: threads)
    let (sum, sumOverflow) = arena.addingReportingOverflow(scratch)
    let (bytes, bytesOverflow) = sum.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
    return overflow || scratchOverflow || sumOverflow || bytesOverflow ? nil : bytes
  }
}
