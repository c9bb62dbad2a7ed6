import Inference
import ResNetGraph

/// The places of the outputs of a network's steps and of their gradients, for a whole batch.
///
/// An output stays until its last reader has run, or the last step whose gradient needs it. The gradients of a step's inputs
/// take the memory of its output's gradient where they can.
struct TrainingMemory {
  /// The place for the gradient of one of a step's inputs.
  struct Target {
    var region: Int
    /// True if it is added to the numbers that are there.
    var accumulates = false
    /// True if it is the gradient of the output, which lies there already.
    var isPassed = false
  }

  /// The gradients that one step makes; nil where none is needed.
  struct Targets {
    var outputRegion: Int?
    var input: Target?
    var second: Target?
    var residual: Target?
  }

  /// The gradients of each step.
  private(set) var targets: [Targets]
  /// The region of each part's output; nil for the boundary and for parts that are fused away.
  private(set) var regionOfPart: [Int?]
  /// The region for the places of each step's maxima.
  private(set) var regionOfPlaces: [Int?]
  private var regions: [MemoryPlan.Region] = []
  private let steps: [TrainingStep]
  private let floats: [Int]

  /// - Parameters:
  ///   - floats: the size of each part's output for a whole batch.
  ///   - needsGradient: true for each part that trains or has a trained part before it.
  ///   - observed: a part whose output stays until the last gradient is made; nil for none.
  init(steps: [TrainingStep], floats: [Int], needsGradient: [Bool], observing observed: Int? = nil) {
    self.steps = steps
    self.floats = floats
    targets = Array(repeating: Targets(), count: steps.count)
    regionOfPart = Array(repeating: nil, count: floats.count)
    regionOfPlaces = Array(repeating: nil, count: steps.count)
    placeOutputs(needsGradient)
    if let region = observed.flatMap({ regionOfPart[$0] }) { keep(region, until: backwardTime(0)) }
    placeGradients(needsGradient)
  }

  /// The regions' places in one arena.
  func plan() -> MemoryPlan { MemoryPlan(regions) }

  /// The time at which a step's gradients are made. The forward pass counts steps from 0, the loss comes after them.
  private func backwardTime(_ step: Int) -> Int { 2 * steps.count - step }

  private mutating func add(floats: Int, from first: Int, to last: Int) -> Int {
    regions.append(MemoryPlan.Region(floats: floats, firstStep: first, lastStep: last))
    return regions.count - 1
  }

  private mutating func keep(_ region: Int, until time: Int) {
    regions[region].lastStep = max(regions[region].lastStep, time)
  }

  private mutating func placeOutputs(_ needsGradient: [Bool]) {
    for (index, step) in steps.enumerated() {
      for read in step.reads {
        if let region = regionOfPart[read] { keep(region, until: index) }
      }
      regionOfPart[step.output] = add(floats: floats[step.output], from: index, to: index)
      if let places = step.placeFloats(output: floats[step.output]) {
        let end = needsGradient[step.output] ? backwardTime(index) : index
        regionOfPlaces[index] = add(floats: places, from: index, to: end)
      }
      guard needsGradient[step.output] else { continue }
      for part in step.kept {
        if let region = regionOfPart[part] { keep(region, until: backwardTime(index)) }
      }
    }
    if let logits = steps.last.flatMap({ regionOfPart[$0.output] }) {
      keep(logits, until: 2 * steps.count)
    }
  }
}

extension TrainingMemory {
  /// Walks the steps backward. A region's holders are the parts whose gradient lies there and has not been used.
  private mutating func placeGradients(_ needsGradient: [Bool]) {
    var gradients = Gradients(regionOfPart: Array(repeating: nil, count: floats.count))
    guard let logits = steps.last?.output else { return }
    gradients.hold(logits, in: add(floats: floats[logits], from: steps.count, to: steps.count))
    for index in steps.indices.reversed() where needsGradient[steps[index].output] {
      let step = steps[index]
      guard let own = gradients.regionOfPart[step.output] else {
        preconditionFailure("nothing reads part \(step.output)")
      }
      keep(own, until: backwardTime(index))
      gradients.release(own)
      targets[index].outputRegion = own
      func wanted(_ part: Int?) -> Int? { part.flatMap { needsGradient[$0] ? $0 : nil } }
      if let residual = wanted(step.residual) {
        targets[index].residual = passed(own, to: residual, step: index, gradients: &gradients)
      }
      if let input = wanted(step.input) {
        if step.passesGradient {
          targets[index].input = passed(
            own, to: input, beside: wanted(step.residual), step: index, gradients: &gradients)
        } else {
          let mayReuse = step.worksInPlace && (targets[index].residual?.isPassed ?? true)
          targets[index].input = target(
            input, reusing: mayReuse ? own : nil, step: index, gradients: &gradients)
        }
      }
      if let second = wanted(step.second) {
        targets[index].second = target(second, reusing: nil, step: index, gradients: &gradients)
      }
    }
  }

  /// The place for a gradient that a step computes.
  private mutating func target(
    _ part: Int, reusing own: Int?, step: Int, gradients: inout Gradients
  ) -> Target {
    let time = backwardTime(step)
    if let region = gradients.regionOfPart[part] {
      keep(region, until: time)
      return Target(region: region, accumulates: true)
    }
    if let own, gradients.isFree(own), floats[part] <= regions[own].floats {
      gradients.hold(part, in: own)
      return Target(region: own)
    }
    let region = add(floats: floats[part], from: time, to: time)
    gradients.hold(part, in: region)
    return Target(region: region)
  }

  /// The place for a gradient that is the output's: it stays where it is, unless it would be changed there too early.
  private mutating func passed(
    _ own: Int, to part: Int, beside other: Int? = nil, step: Int, gradients: inout Gradients
  ) -> Target {
    guard gradients.regionOfPart[part] == nil else {
      return target(part, reusing: nil, step: step, gradients: &gradients)
    }
    let isFree = gradients.isFree(own)
    let isShareable =
      other.map { gradients.regionOfPart[$0] == own && gradients.holders(of: own) == 1 && canShare(part, $0) }
      ?? false
    guard isFree || isShareable else {
      return target(part, reusing: nil, step: step, gradients: &gradients)
    }
    gradients.hold(part, in: own)
    return Target(region: own, isPassed: true)
  }

  /// True if two parts can have their gradients in the same memory from one step on.
  private func canShare(_ a: Int, _ b: Int) -> Bool {
    isUsedUp(a, before: b) || isUsedUp(b, before: a)
  }

  /// True if the gradient of `first` is used, unchanged, before that of `second` changes.
  private func isUsedUp(_ first: Int, before second: Int) -> Bool {
    guard let producer = steps.firstIndex(where: { $0.output == first }),
      steps.count(where: { $0.reads.contains(first) }) == 1, !steps[producer].masksInPlace
    else { return false }
    // The last reader made this gradient; the next one, or else the producer, changes it.
    let readers = steps.indices.filter { steps[$0].reads.contains(second) }.dropLast()
    let change = readers.last ?? steps.firstIndex { $0.output == second }
    return change.map { $0 < producer } ?? true
  }

  /// The places of gradients while the steps are walked.
  private struct Gradients {
    var regionOfPart: [Int?]
    private var holders: [Int: Int] = [:]

    init(regionOfPart: [Int?]) { self.regionOfPart = regionOfPart }

    mutating func hold(_ part: Int, in region: Int) {
      regionOfPart[part] = region
      holders[region, default: 0] += 1
    }

    mutating func release(_ region: Int) { holders[region, default: 0] -= 1 }

    func holders(of region: Int) -> Int { holders[region, default: 0] }

    func isFree(_ region: Int) -> Bool { holders(of: region) == 0 }
  }
}
