import Platform
import Threads

/// Multinomial logistic regression with a penalty on the squared weights, fitted by L-BFGS (Nocedal and Wright, Numerical Optimization, 2nd
/// edition, algorithm 7.5) from zeros. The same rows give the same bits on any number of threads.
struct SoftmaxRegression {
  /// The number of classes.
  let classes: Int
  private let stride: Int
  /// [classes][stride] vectors.
  private var weights: [SIMD16<Float>]
  private var biases: [Float]

  /// The most iterations.
  static let iterationLimit = 60
  /// The share of the first gradient's length below which a fit has ended.
  static let tolerance = 1e-3
  /// The corrections that L-BFGS remembers.
  private static let memory = 8

  /// Fits a regression.
  ///
  /// - Parameters:
  ///   - rows: the features of all images.
  ///   - members: the rows that are learnt from.
  ///   - labels: the class of every row.
  ///   - classes: their number.
  ///   - penalty: the factor of half the sum of the squared weights, beside the mean of the losses.
  ///   - pool: the threads.
  /// - Complexity: O(iterations · rows · features · classes).
  init(
    _ rows: FeatureRows, members: [Int], labels: [Int], classes: Int, penalty: Double, pool: WorkerPool
  ) {
    self.classes = classes
    stride = rows.stride
    weights = Array(repeating: .zero, count: classes * stride)
    biases = Array(repeating: 0, count: classes)
    guard !members.isEmpty else { return }
    let job = LossJob(rows, members: members, labels: labels, classes: classes)
    let count = classes * (stride * 16 + 1)
    var point = Array(repeating: 0.0, count: count)
    func evaluate(_ point: [Double]) -> (loss: Double, gradient: [Double]) {
      job.set(point)
      pool.run(job, tasks: LossJob.parts)
      var (loss, gradient) = job.result
      for place in 0..<classes * stride * 16 {
        loss += penalty / 2 * point[place] * point[place]
        gradient[place] += penalty * point[place]
      }
      return (loss, gradient)
    }
    var current = evaluate(point)
    let start = Self.length(current.gradient)
    var corrections: [(step: [Double], change: [Double], scale: Double)] = []
    for iteration in 0..<Self.iterationLimit {
      guard Self.length(current.gradient) > Self.tolerance * start, start > 0 else { break }
      var direction = Self.direction(current.gradient, corrections)
      var slope = Self.dot(direction, current.gradient)
      if slope >= 0 {
        corrections = []
        direction = current.gradient.map { -$0 }
        slope = Self.dot(direction, current.gradient)
      }
      var rate = iteration == 0 ? 1 / max(1e-12, Self.length(current.gradient)) : 1.0
      var next = point
      var value = current
      var isFound = false
      for _ in 0..<20 {
        for place in 0..<count { next[place] = point[place] + rate * direction[place] }
        value = evaluate(next)
        // Armijo's condition.
        if value.loss <= current.loss + 1e-4 * rate * slope {
          isFound = true
          break
        }
        rate /= 2
      }
      guard isFound else { break }
      let step = zip(next, point).map { $0 - $1 }
      let change = zip(value.gradient, current.gradient).map { $0 - $1 }
      let curvature = Self.dot(step, change)
      if curvature > 1e-12 {
        corrections.append((step, change, 1 / curvature))
        if corrections.count > Self.memory { corrections.removeFirst() }
      }
      (point, current) = (next, value)
    }
    (weights, biases) = LossJob.unpacked(point, classes: classes, stride: stride)
  }

  /// The probabilities of the classes for a row.
  func probabilities(of row: Int, in rows: FeatureRows) -> [Float] {
    let logits = (0..<classes).map { label in
      biases[label] + LossJob.dot(rows.vectors, row * stride, weights, label * stride, stride)
    }
    return LossJob.softmax(logits).probabilities
  }

  /// The two-loop recursion: the negative gradient times the approximate inverse of the curvature.
  private static func direction(
    _ gradient: [Double], _ corrections: [(step: [Double], change: [Double], scale: Double)]
  ) -> [Double] {
    var result = gradient.map { -$0 }
    var factors: [Double] = []
    for (step, change, scale) in corrections.reversed() {
      let factor = scale * dot(step, result)
      factors.append(factor)
      for place in result.indices { result[place] -= factor * change[place] }
    }
    if let last = corrections.last {
      let scale = 1 / (last.scale * dot(last.change, last.change))
      for place in result.indices { result[place] *= scale }
    }
    for ((step, change, scale), factor) in zip(corrections, factors.reversed()) {
      let difference = factor - scale * dot(change, result)
      for place in result.indices { result[place] += difference * step[place] }
    }
    return result
  }

  private static func dot(_ first: [Double], _ second: [Double]) -> Double {
    var sum = 0.0
    for place in first.indices { sum += first[place] * second[place] }
    return sum
  }

  private static func length(_ values: [Double]) -> Double { dot(values, values).squareRoot() }
}

/// The mean loss of a regression and its gradient, over a fixed number of parts of the rows whose sums are added in their order.
private final class LossJob: ParallelJob {
  static let parts = 16
  private let rows: FeatureRows
  private let members: [Int]
  private let labels: [Int]
  private let classes: Int
  private var weights: [SIMD16<Float>] = []
  private var biases: [Float] = []
  private let sums: Locked<[Sum?]>

  private struct Sum {
    var loss = 0.0
    var weights: [SIMD16<Float>]
    var biases: [Float]
  }

  init(_ rows: FeatureRows, members: [Int], labels: [Int], classes: Int) {
    self.rows = rows
    self.members = members
    self.labels = labels
    self.classes = classes
    sums = Locked(Array(repeating: nil, count: Self.parts))
  }

  /// Takes the weights and biases to compute at; no task runs meanwhile.
  func set(_ point: [Double]) {
    (weights, biases) = Self.unpacked(point, classes: classes, stride: rows.stride)
  }

  static func unpacked(
    _ point: [Double], classes: Int, stride: Int
  ) -> (weights: [SIMD16<Float>], biases: [Float]) {
    let count = classes * stride
    let weights = (0..<count).map { vector in
      SIMD16<Float>(point[vector * 16..<(vector + 1) * 16].map { Float($0) })
    }
    return (weights, point[(count * 16)...].map { Float($0) })
  }

  func run(task: Int, worker: Int) {
    let range = members.count * task / Self.parts..<members.count * (task + 1) / Self.parts
    let stride = rows.stride
    var sum = Sum(
      weights: Array(repeating: .zero, count: classes * stride), biases: Array(repeating: 0, count: classes))
    var logits = Array(repeating: Float(0), count: classes)
    for member in members[range] {
      let start = member * stride
      for label in 0..<classes {
        logits[label] = biases[label] + Self.dot(rows.vectors, start, weights, label * stride, stride)
      }
      var (probabilities, logSum) = Self.softmax(logits)
      sum.loss += logSum - Double(logits[labels[member]])
      probabilities[labels[member]] -= 1
      for label in 0..<classes {
        let factor = probabilities[label]
        sum.biases[label] += factor
        guard abs(factor) > 1e-6 else { continue }
        for vector in 0..<stride {
          sum.weights[label * stride + vector] += factor * rows.vectors[start + vector]
        }
      }
    }
    sums.withLock { [sum] in $0[task] = sum }
  }

  /// The mean loss, and its gradient by the weights and the biases.
  var result: (loss: Double, gradient: [Double]) {
    let count = Double(members.count)
    var loss = 0.0
    var gradient = Array(repeating: 0.0, count: classes * (rows.stride * 16 + 1))
    let weightCount = classes * rows.stride * 16
    for sum in sums.withLock({ $0 }).compactMap(\.self) {
      loss += sum.loss / count
      for (vector, values) in sum.weights.enumerated() {
        for lane in 0..<16 { gradient[vector * 16 + lane] += Double(values[lane]) / count }
      }
      for (label, value) in sum.biases.enumerated() { gradient[weightCount + label] += Double(value) / count }
    }
    return (loss, gradient)
  }

  static func dot(
    _ first: [SIMD16<Float>], _ start: Int, _ second: [SIMD16<Float>], _ other: Int, _ count: Int
  ) -> Float {
    var sums = SIMD16<Float>.zero
    for vector in 0..<count { sums += first[start + vector] * second[other + vector] }
    return sums.sum()
  }

  static func softmax(_ logits: [Float]) -> (probabilities: [Float], logSum: Double) {
    let largest = logits.max() ?? 0
    var sum = 0.0
    var values: [Double] = []
    values.reserveCapacity(logits.count)
    for logit in logits {
      let value = exp(Double(logit - largest))
      values.append(value)
      sum += value
    }
    return (values.map { Float($0 / sum) }, Double(largest) + log(sum))
  }
}
