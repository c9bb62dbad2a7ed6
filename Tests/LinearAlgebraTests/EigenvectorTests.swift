import Foundation
import LinearAlgebra
import Testing

@Suite struct EigenvectorTests {
  /// The product of a matrix of some order and its transpose, and more on its diagonal.
  private static func symmetric(_ order: Int) -> [Double] {
    let factor = (0..<order * order).map { sin(Double($0) * 1.7) + cos(Double($0 * $0 % 97)) }
    var matrix = [Double](repeating: 0, count: order * order)
    for i in 0..<order {
      for j in 0..<order {
        for k in 0..<order { matrix[i * order + j] += factor[i * order + k] * factor[j * order + k] }
      }
    }
    return matrix
  }

  @Test(arguments: [1, 2, 3, 17, 40], [1, 2])
  func vectorsAreStretchedByTheirValues(order: Int, threads: Int) throws {
    let matrix = Self.symmetric(order)
    let solved = try Eigenvectors(of: matrix, order: order, threads: threads)
    #expect(solved.values == solved.values.sorted())
    let scale = max(1, solved.values.last ?? 0)
    for k in 0..<order {
      let vector = Array(solved.vectors[k * order..<(k + 1) * order])
      for i in 0..<order {
        let image = (0..<order).reduce(0) { $0 + matrix[i * order + $1] * vector[$1] }
        // Some hundred roundings of the greatest value.
        #expect(abs(image - solved.values[k] * vector[i]) < 1e-13 * scale * Double(order))
      }
      for other in 0...k {
        let product = (0..<order).reduce(0) { $0 + vector[$1] * solved.vectors[other * order + $1] }
        #expect(abs(product - (other == k ? 1 : 0)) < 1e-12)
      }
      #expect(try #require(vector.max { $0.magnitude < $1.magnitude }) > 0)
    }
    // The sum of the eigenvalues is that of the diagonal.
    let trace = (0..<order).reduce(0) { $0 + matrix[$1 * order + $1] }
    #expect(abs(solved.values.reduce(0, +) - trace) < 1e-12 * trace)
  }

  @Test func aMatrixWithKnownValuesHasThem() throws {
    // Second differences: 2 - 2 cos(k π / (n + 1)).
    let order = 5
    var matrix = [Double](repeating: 0, count: 25)
    for i in 0..<order {
      matrix[i * order + i] = 2
      if i + 1 < order {
        matrix[i * order + i + 1] = -1
        matrix[(i + 1) * order + i] = -1
      }
    }
    let values = try Eigenvectors(of: matrix, order: order).values
    for k in 1...order {
      #expect(abs(values[k - 1] - (2 - 2 * cos(Double(k) * .pi / 6))) < 1e-14)
    }
  }

  @Test func whatIsNotFiniteOrTooLargeIsRefused() throws {
    for value in [Double.nan, .infinity] {
      let error = #expect(throws: LinearAlgebraError.self) {
        try Eigenvectors(of: [1, value, value, 1], order: 2)
      }
      #expect(error?.code == .notFinite)
    }
  }
}
