/// Features of images, row by row, each padded with zeros to whole vectors.
struct FeatureRows: Sendable {
  /// The number of rows.
  private(set) var count = 0
  /// The number of features of a row.
  let width: Int
  /// The number of vectors of a row.
  let stride: Int
  /// [count][stride] vectors.
  private(set) var vectors: [SIMD16<Float>] = []

  /// - Parameters:
  ///   - width: the number of features of a row.
  ///   - capacity: the rows that memory is taken for.
  init(width: Int, capacity: Int) {
    self.width = width
    stride = (width + 15) / 16
    vectors.reserveCapacity(stride * capacity)
  }

  /// Adds a row.
  ///
  /// - Precondition: there are ``width`` numbers.
  mutating func append(_ row: some RandomAccessCollection<Float>) {
    precondition(row.count == width, "\(row.count) features in a row of \(width)")
    vectors.append(contentsOf: Self.packed(row, stride: stride))
    count += 1
  }

  /// Numbers as vectors, with zeros behind.
  static func packed(_ row: some Collection<Float>, stride: Int) -> [SIMD16<Float>] {
    var packed = Array(repeating: SIMD16<Float>.zero, count: stride)
    for (place, value) in row.enumerated() { packed[place / 16][place % 16] = value }
    return packed
  }

  /// Subtracts from the rows their mean and divides them by the root of the mean of their squared lengths, so that regularisation means the
  /// same for every network.
  ///
  /// - Complexity: O(rows · features).
  mutating func standardize() {
    var sums = Array(repeating: SIMD16<Double>.zero, count: stride)
    for row in 0..<count {
      for vector in 0..<stride { sums[vector] += SIMD16<Double>(vectors[row * stride + vector]) }
    }
    let means = sums.map { SIMD16<Float>($0 / Double(max(1, count))) }
    var squares = 0.0
    for row in 0..<count {
      for vector in 0..<stride {
        let centred = vectors[row * stride + vector] - means[vector]
        vectors[row * stride + vector] = centred
        squares += Double((centred * centred).sum())
      }
    }
    let scale = Float(1 / max(1e-12, (squares / Double(max(1, count))).squareRoot()))
    for place in vectors.indices { vectors[place] *= scale }
  }
}
