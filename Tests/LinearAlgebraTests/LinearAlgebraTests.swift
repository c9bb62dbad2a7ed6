import Foundation
import LinearAlgebra
import Testing

@Suite struct LinearAlgebraTests {
  /// Numbers of -1 to 1 that are the same in every run.
  private static func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
    }
  }

  @Test func theLibraryIsOneThatMultiplies() throws {
    #expect(try LinearAlgebra.libraryName().contains("blas") || LinearAlgebra.libraryName().contains("Accel"))
  }

  @Test(arguments: [(1, 1, 1), (1, 7, 33), (2, 3, 5), (17, 9, 64), (64, 129, 31), (33, 1, 512)])
  func productsAreThoseOfPlainLoops(rowsA: Int, rowsB: Int, width: Int) throws {
    let a = Self.numbers(rowsA * width, seed: 1)
    let b = Self.numbers(rowsB * width, seed: 2)
    // Whatever is in the result before must not count.
    var products = [Float](repeating: .nan, count: rowsA * rowsB)
    var target = products.mutableSpan
    try LinearAlgebra.multiply(a.span, b.span, width: width, into: &target)
    for i in 0..<rowsA {
      for j in 0..<rowsB {
        var (sum, magnitude) = (0.0, 0.0)
        for k in 0..<width {
          let product = Double(a[i * width + k]) * Double(b[j * width + k])
          sum += product
          magnitude += product.magnitude
        }
        // A sum of `width` products in single precision, in any order.
        let bound = Double(width + 1) * 0x1p-24 * magnitude
        #expect(abs(Double(products[i * rowsB + j]) - sum) <= bound, "row \(i), row \(j)")
      }
    }
  }

  @Test func severalThreadsMultiplyAtOnce() throws {
    let (a, b) = (Self.numbers(40 * 128, seed: 3), Self.numbers(50 * 128, seed: 4))
    var want = [Float](repeating: 0, count: 2000)
    do {
      var target = want.mutableSpan
      try LinearAlgebra.multiply(a.span, b.span, width: 128, into: &target)
    }
    let expected = want
    DispatchQueue.concurrentPerform(iterations: 16) { _ in
      var products = [Float](repeating: 0, count: 2000)
      var target = products.mutableSpan
      #expect(throws: Never.self) {
        try LinearAlgebra.multiply(a.span, b.span, width: 128, into: &target)
      }
      #expect(products == expected)
    }
  }

  @Test func noRowsHaveNoProducts() throws {
    var products: [Float] = []
    var target = products.mutableSpan
    try LinearAlgebra.multiply([Float]().span, [Float](repeating: 1, count: 4).span, width: 4, into: &target)
  }
}
