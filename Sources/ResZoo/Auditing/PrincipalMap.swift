import TensorCore

/// The plane of the two directions in which features vary most, by orthogonal iteration (Golub and Van Loan, Matrix Computations, 4th edition,
/// §8.2.4) on a part of the rows.
struct PrincipalMap {
  /// The places of rows in the plane.
  private(set) var points: [(row: Int, x: Double, y: Double)] = []

  /// The most rows that are placed.
  static let limit = 2500
  private static let iterations = 30

  /// - Complexity: O(rows that are placed · features).
  init(_ rows: FeatureRows) {
    guard rows.count > 1 else { return }
    let count = min(rows.count, Self.limit)
    // Evenly over the set, which is often sorted by class.
    let chosen = (0..<count).map { $0 * rows.count / count }
    var mean = Array(repeating: SIMD16<Float>.zero, count: rows.stride)
    for row in chosen {
      for vector in 0..<rows.stride { mean[vector] += rows.vectors[row * rows.stride + vector] / Float(count) }
    }
    func projection(_ row: Int, _ direction: [SIMD16<Float>]) -> Float {
      var sums = SIMD16<Float>.zero
      for vector in 0..<rows.stride {
        sums += (rows.vectors[row * rows.stride + vector] - mean[vector]) * direction[vector]
      }
      return sums.sum()
    }
    var random = SplitMix64(seed: 1)
    var directions = (0..<2).map { _ in
      FeatureRows.packed((0..<rows.width).map { _ in random.nextUniform() - 0.5 }, stride: rows.stride)
    }
    for _ in 0..<Self.iterations {
      for place in 0..<2 {
        var next = Array(repeating: SIMD16<Float>.zero, count: rows.stride)
        for row in chosen {
          let share = projection(row, directions[place])
          for vector in 0..<rows.stride {
            next[vector] += share * (rows.vectors[row * rows.stride + vector] - mean[vector])
          }
        }
        if place == 1 {
          let shared = Self.dot(next, directions[0])
          for vector in 0..<rows.stride { next[vector] -= shared * directions[0][vector] }
        }
        let length = Self.dot(next, next).squareRoot()
        guard length > 0, length.isFinite else { break }
        directions[place] = next.map { $0 / length }
      }
    }
    points = chosen.map {
      (row: $0, x: Double(projection($0, directions[0])), y: Double(projection($0, directions[1])))
    }
  }

  private static func dot(_ first: [SIMD16<Float>], _ second: [SIMD16<Float>]) -> Float {
    zip(first, second).reduce(SIMD16<Float>.zero) { $0 + $1.0 * $1.1 }.sum()
  }
}
