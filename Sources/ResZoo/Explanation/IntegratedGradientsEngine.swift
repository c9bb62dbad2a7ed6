import ResNetGraph
import ResNetModel
import Threads
import Training

/// Integrated gradients (Sundararajan, Taly and Yan 2017): (x - x0) times the mean of dy/dx on the straight way from a baseline x0 to x.
///
/// The way is divided where it must be: on each part the derivative at its middle stands for all, and the error of a part is the gain that this
/// promises less y at its end and plus y at its beginning. The parts with the largest errors are halved until all errors add up to no more than
/// the tolerance, and without their signs to no more than ten times as much. So the sum over all pixels is y(x) - y(x0) within the tolerance,
/// unless the limit of steps is reached first, in which case the check says how far it came.
final class IntegratedGradientsEngine: ExplanationEngine {
  private let network: InputGradients
  private let baseline: [Float]
  private let tolerance: Double
  private let limit: Int
  private var input: [Float] = []

  /// Parts at the beginning.
  private static let parts = 8
  /// Inputs that run together.
  private static let capacity = 4
  /// The errors without their signs, over those with them, that are allowed.
  private static let looseness = 10.0

  /// - Parameters:
  ///   - baseline: an input without content, [height][width][channels].
  ///   - tolerance: the share of the gain that the map's sum may miss.
  ///   - limit: the most derivatives for one map.
  init(
    _ model: Model, height: Int, width: Int, baseline: [Float], tolerance: Double, limit: Int,
    pool: WorkerPool
  ) throws(ExplanationError) {
    network = try InputGradients(model, height: height, width: width, capacity: Self.capacity, pool: pool)
    self.baseline = baseline
    self.tolerance = tolerance
    self.limit = limit
  }

  func begin(_ input: [Float]) -> [Float] {
    self.input = input
    return network.logits(of: [input])[0]
  }

  /// A part of the way; places are shares of it.
  private struct Part {
    var start: Double
    var end: Double
    var startValue: Double
    var endValue: Double
    var middle: InputGradients.Point
    /// The gain that the middle promises.
    var promise: Double

    var length: Double { end - start }
    var center: Double { start + length / 2 }
    var error: Double { promise - (endValue - startValue) }
  }

  func map(for answer: ExplainedAnswer) -> ComputedMap {
    let ends = values(at: (0...Self.parts).map { Double($0) / Double(Self.parts) }, answer)
    let gain = ends[Self.parts] - ends[0]
    var parts = makeParts(
      (0..<Self.parts).map { index in
        (
          Double(index) / Double(Self.parts), Double(index + 1) / Double(Self.parts), ends[index],
          ends[index + 1]
        )
      }, answer)
    var steps = parts.count
    let allowed = tolerance * gain.magnitude
    while steps < limit {
      let sizes = parts.reduce(0) { $0 + $1.error.magnitude }
      guard sizes > Self.looseness * allowed || parts.reduce(0, { $0 + $1.error }).magnitude > allowed else {
        break
      }
      parts.sort { $0.error.magnitude > $1.error.magnitude }
      let room = (limit - steps + 1) / 2
      let count = min(room, max(1, (parts.count + 3) / 4))
      let halves = parts[..<count].flatMap { part in
        [
          (part.start, part.center, part.startValue, part.middle.value),
          (part.center, part.end, part.middle.value, part.endValue),
        ]
      }
      parts.removeFirst(count)
      parts += makeParts(halves, answer)
      steps += halves.count
    }
    return map(of: parts, gain: gain, steps: steps)
  }

  private func map(of parts: [Part], gain: Double, steps: Int) -> ComputedMap {
    let shape = network.shape
    var mean = Array(repeating: 0.0, count: input.count)
    for part in parts.sorted(by: { $0.start < $1.start }) {
      for index in mean.indices { mean[index] += part.length * Double(part.middle.gradient[index]) }
    }
    var values = Array(repeating: 0.0, count: shape.height * shape.width)
    for index in mean.indices {
      values[index / shape.channels] += Double(input[index] - baseline[index]) * mean[index]
    }
    let check = Explanation.Check(
      kind: .gain, expected: gain, found: values.reduce(0, +), addend: 0, steps: steps)
    return ComputedMap(values: values, height: shape.height, width: shape.width, check: check)
  }

  /// The input at a place of the way.
  private func input(at place: Double) -> [Float] {
    if place == 1 { return input }
    let share = Float(place)
    return input.indices.map { baseline[$0] + share * (input[$0] - baseline[$0]) }
  }

  private func values(at places: [Double], _ answer: ExplainedAnswer) -> [Double] {
    stride(from: 0, to: places.count, by: network.capacity).flatMap { first in
      network.logits(of: places[first..<min(places.count, first + network.capacity)].map(input(at:)))
        .map { answer.value(of: $0) }
    }
  }

  private func makeParts(
    _ ways: [(start: Double, end: Double, startValue: Double, endValue: Double)], _ answer: ExplainedAnswer
  ) -> [Part] {
    stride(from: 0, to: ways.count, by: network.capacity).flatMap { first in
      let ways = ways[first..<min(ways.count, first + network.capacity)]
      let points = network.run(ways.map { input(at: $0.start + ($0.end - $0.start) / 2) }, answer)
      return zip(ways, points).map { way, point in
        var slope = 0.0
        for index in input.indices {
          slope += Double(input[index] - baseline[index]) * Double(point.gradient[index])
        }
        return Part(
          start: way.start, end: way.end, startValue: way.startValue, endValue: way.endValue, middle: point,
          promise: slope * (way.end - way.start))
      }
    }
  }
}
