import Inference
import ResNetGraph
import ResNetModel
import Threads

/// Occlusion (Zeiler and Fergus 2014): windows of the image are covered one after the other. A pixel has the mean loss of y over the windows that
/// contain it.
final class OcclusionEngine: ExplanationEngine {
  private let session: InferenceSession
  private let shape: FeatureShape
  private let baseline: [Float]
  private let window: Int
  private let stride: Int
  private var input: [Float] = []
  private var logits: [Float] = []
  /// The logits while each window is covered; they serve all answers.
  private var covered: [[Float]] = []

  /// Inputs that run together.
  private static let capacity = 8
  /// The most windows of one image, whose logits are kept: a stride of 2 in an image of 224×224.
  private static let windowLimit = 20_000

  /// - Parameters:
  ///   - baseline: the numbers that cover, [height][width][channels].
  ///   - window: height and width of a window.
  ///   - stride: from one window to the next. The last ones may reach beyond the image.
  init(
    _ model: Model, height: Int, width: Int, baseline: [Float], window: Int, stride: Int, pool: WorkerPool
  ) throws(ExplanationError) {
    self.baseline = baseline
    (self.window, self.stride) = (window, stride)
    shape = FeatureShape(channels: model.graph.architecture.input.channels, height: height, width: width)
    do {
      let plan = try InferencePlan(model, height: height, width: width, pool: pool)
      session = try InferenceSession(plan: plan, capacity: Self.capacity, pool: pool)
    } catch {
      throw .inference(error)
    }
  }

  /// Refuses windows that do not fit, leave pixels between them, or are too many.
  static func requireWindows(height: Int, width: Int, window: Int, stride: Int) throws(ExplanationError) {
    guard window <= min(height, width) else {
      throw .options("a window of \(window) pixels does not fit in an input of \(height)×\(width)")
    }
    guard stride <= window else {
      throw .options(
        "a stride of \(stride) leaves pixels between windows of \(window) that are never covered")
    }
    let count = ((height - window) / stride + 2) * ((width - window) / stride + 2)
    guard count <= Self.windowLimit else {
      throw .options(
        "a stride of \(stride) takes about \(count) runs of the network; at most \(Self.windowLimit) are made: take a larger one"
      )
    }
  }

  func begin(_ input: [Float]) -> [Float] {
    self.input = input
    covered = []
    logits = run([nil])[0]
    return logits
  }

  func map(for answer: ExplainedAnswer) -> ComputedMap {
    let windows = Self.windows(height: shape.height, width: shape.width, window: window, stride: stride)
    if covered.isEmpty {
      for first in Swift.stride(from: 0, to: windows.count, by: Self.capacity) {
        covered += run(windows[first..<min(windows.count, first + Self.capacity)].map(\.self))
      }
    }
    let value = answer.value(of: logits)
    var sums = Array(repeating: 0.0, count: shape.height * shape.width)
    var counts = Array(repeating: 0, count: sums.count)
    for (area, logits) in zip(windows, covered) {
      let loss = value - answer.value(of: logits)
      for row in area.rows {
        for column in area.columns {
          sums[row * shape.width + column] += loss
          counts[row * shape.width + column] += 1
        }
      }
    }
    let values = zip(sums, counts).map { $1 == 0 ? 0 : $0 / Double($1) }
    return ComputedMap(values: values, height: shape.height, width: shape.width, check: nil)
  }

  /// An area of the image.
  struct Area {
    var rows: Range<Int>
    var columns: Range<Int>
  }

  /// The windows, row by row: as many as it takes for the last one to reach the edge.
  static func windows(height: Int, width: Int, window: Int, stride: Int) -> [Area] {
    func ranges(_ length: Int) -> [Range<Int>] {
      let steps = max(0, length - window + stride - 1) / stride
      return (0...steps).map { $0 * stride }.filter { $0 < length }.map { $0..<min(length, $0 + window) }
    }
    let columns = ranges(width)
    return ranges(height).flatMap { rows in columns.map { Area(rows: rows, columns: $0) } }
  }

  /// The logits of the input with each area covered; of the input itself for nil.
  private func run(_ areas: [Area?]) -> [[Float]] {
    for (slot, area) in areas.enumerated() {
      session.withInput(slot) { span in
        for index in span.indices { span[index] = input[index] }
        guard let area else { return }
        for row in area.rows {
          let start = row * shape.width
          for index in (start + area.columns.lowerBound) * shape.channels..<(start + area.columns.upperBound)
            * shape.channels
          {
            span[index] = baseline[index]
          }
        }
      }
    }
    session.run(count: areas.count)
    return areas.indices.map { slot in
      session.withLogits(of: slot) { logits in logits.indices.map { logits[$0] } }
    }
  }
}
