/// The direction in which the numbers of a map's places differ most.
enum PrincipalComponent {
  /// Vectors of the subspace before it begins again.
  private static let subspace = 24
  /// The most beginnings; a map whose two largest components are equal has no direction of its own.
  private static let rounds = 60
  /// The residual of the eigenvector, as a share of the eigenvalue, at which it is found.
  private static let tolerance = 1e-10

  /// Projects the places of a map, as they are, on the first right singular vector of the matrix [places, channels] whose columns are
  /// centred; negated where the largest number is the negative one (Muhammad and Yeasin 2020).
  ///
  /// - Complexity: O(places · channels · steps), where 24 steps usually do.
  static func projection(of maps: ChannelMaps) -> [Double] {
    let means = (0..<maps.channels).map { maps.sum(of: $0) / Double(maps.pixels) }
    var rows: [[Double]] = []
    for pixel in 0..<maps.pixels {
      rows.append((0..<maps.channels).map { maps[pixel, $0] - means[$0] })
    }
    let direction = firstSingularVector(rows, columns: maps.channels)
    let projection = rows.map { dot($0, direction) }
    let (low, high) = (projection.min() ?? 0, projection.max() ?? 0)
    return low.magnitude > high.magnitude ? projection.map { -$0 } : projection
  }

  /// The eigenvector of XᵀX with the largest eigenvalue, by the Lanczos method with full orthogonalisation, begun again from the best vector.
  private static func firstSingularVector(_ rows: [[Double]], columns: Int) -> [Double] {
    // The row of the largest norm lies in the row space and is rarely orthogonal to the first component.
    var vector = rows.max { dot($0, $0) < dot($1, $1) } ?? Array(repeating: 0, count: columns)
    guard normalize(&vector) else { return vector }
    for _ in 0..<rounds {
      var basis = [vector]
      var (diagonal, beside): ([Double], [Double]) = ([], [])
      while true {
        guard let last = basis.last else { break }
        var next = product(rows, last)
        diagonal.append(dot(next, last))
        for _ in 0..<2 {
          for known in basis { subtract(&next, known, times: dot(next, known)) }
        }
        let length = dot(next, next).squareRoot()
        beside.append(length)
        guard basis.count < min(subspace, columns), length > 1e-14 * (diagonal.max() ?? 0) else { break }
        for index in next.indices { next[index] /= length }
        basis.append(next)
      }
      let (value, weights) = TridiagonalMatrix(diagonal: diagonal, beside: Array(beside.dropLast())).largest()
      vector = Array(repeating: 0, count: columns)
      for (weight, known) in zip(weights, basis) { subtract(&vector, known, times: -weight) }
      guard normalize(&vector), value > 0 else { return vector }
      let residual = (beside.last ?? 0) * (weights.last ?? 0).magnitude
      if residual <= tolerance * value { return vector }
    }
    return vector
  }

  /// XᵀX v.
  private static func product(_ rows: [[Double]], _ vector: [Double]) -> [Double] {
    var result = Array(repeating: 0.0, count: vector.count)
    for row in rows { subtract(&result, row, times: -dot(row, vector)) }
    return result
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
  }

  private static func subtract(_ target: inout [Double], _ vector: [Double], times factor: Double) {
    for index in target.indices { target[index] -= factor * vector[index] }
  }

  /// False for a vector of zeros, which stays.
  private static func normalize(_ vector: inout [Double]) -> Bool {
    let length = dot(vector, vector).squareRoot()
    guard length > 0 else { return false }
    for index in vector.indices { vector[index] /= length }
    return true
  }
}

/// A symmetric matrix with numbers on its diagonal and beside it alone.
private struct TridiagonalMatrix {
  let diagonal: [Double]
  /// One number fewer than on the diagonal.
  let beside: [Double]

  /// The largest eigenvalue, by bisection, and its eigenvector, by inverse iteration.
  func largest() -> (value: Double, vector: [Double]) {
    let count = diagonal.count
    var reach = 0.0
    for index in 0..<count {
      let left = index > 0 ? beside[index - 1].magnitude : 0
      let right = index < beside.count ? beside[index].magnitude : 0
      reach = max(reach, diagonal[index].magnitude + left + right)
    }
    var (low, high) = (-reach, reach)
    for _ in 0..<200 {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { break }
      if hasEigenvalue(above: middle) { low = middle } else { high = middle }
    }
    // A little beyond the eigenvalue the shifted matrix is definite, so that elimination needs no exchange of rows.
    let shift = high + max(reach, .leastNormalMagnitude) * 1e-14
    var vector = Array(repeating: 1.0, count: count)
    for _ in 0..<4 {
      vector = solution(shift: shift, vector)
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0, length.isFinite else { break }
      vector = vector.map { $0 / length }
    }
    return (high, vector)
  }

  /// True if an eigenvalue is larger than a number, by the signs of the pivots (Sylvester's law of inertia).
  private func hasEigenvalue(above number: Double) -> Bool {
    var pivot = 1.0
    for index in diagonal.indices {
      let side = index > 0 ? beside[index - 1] * beside[index - 1] / pivot : 0
      pivot = number - diagonal[index] - side
      if pivot < 0 { return true }
      if pivot == 0 { pivot = .leastNormalMagnitude }
    }
    return false
  }

  /// (shift - T)⁻¹ b, by elimination.
  private func solution(shift: Double, _ right: [Double]) -> [Double] {
    var pivots: [Double] = []
    var result = right
    for index in diagonal.indices {
      var pivot = shift - diagonal[index]
      if index > 0 {
        let factor = beside[index - 1] / pivots[index - 1]
        pivot -= factor * beside[index - 1]
        result[index] += factor * result[index - 1]
      }
      pivots.append(pivot == 0 ? .leastNormalMagnitude : pivot)
    }
    for index in diagonal.indices.reversed() {
      if index + 1 < result.count { result[index] += beside[index] * result[index + 1] }
      result[index] /= pivots[index]
    }
    return result
  }
}
