import CLinearAlgebra
import Threads

/// The eigenvalues and eigenvectors of a symmetric matrix (LAPACK's `dsyevd`, divide and conquer).
///
/// The last digits depend on the library; of eigenvalues that are equal, so do the directions of the vectors.
package struct Eigenvectors: Sendable {
  /// The eigenvalues in ascending order.
  package let values: [Double]
  /// The eigenvectors, [order, order], one a row in the order of ``values``: of length 1, and the component of the greatest magnitude, of
  /// several the first, is positive.
  package let vectors: [Double]

  /// Solves the eigenproblem of a matrix.
  ///
  /// - Parameters:
  ///   - matrix: [order, order]; of which the half on and above the diagonal is read.
  ///   - order: at least 1.
  ///   - threads: how many threads compute; 0 for ``WorkerPool/defaultThreadCount``.
  /// - Throws: ``LinearAlgebraError``: `missingLibrary`, `notFinite`, `tooLarge` for an order beyond some 32,000, `noConvergence`.
  /// - Precondition: there are order × order numbers.
  /// - Complexity: O(order³); memory for four times the matrix.
  package init(of matrix: [Double], order: Int, threads: Int = 0) throws(LinearAlgebraError) {
    precondition(order > 0 && matrix.count == order * order, "\(matrix.count) numbers of order \(order)")
    try LinearAlgebra.open()
    var (doubleCount, integerCount): (Int32, Int32) = (0, 0)
    guard order <= LinearAlgebra.extentLimit,
      unsafe rz_blas_eigen_memory(Int32(order), &doubleCount, &integerCount) != 0
    else {
      throw LinearAlgebraError(.tooLarge, "a matrix of order \(order) is larger than the library takes")
    }
    guard matrix.allSatisfy(\.isFinite) else {
      throw LinearAlgebraError(.notFinite, "a matrix has numbers that are infinite or not numbers")
    }
    var vectors = matrix
    var values = [Double](repeating: 0, count: order)
    var doubles = [Double](repeating: 0, count: Int(doubleCount))
    var integers = [Int32](repeating: 0, count: Int(integerCount))
    let threadCount = Int32(clamping: threads > 0 ? threads : WorkerPool.defaultThreadCount)
    let status = unsafe rz_blas_eigen(
      Int32(order), &vectors, &values, &doubles, doubleCount, &integers, integerCount, threadCount)
    // Scaled as LAPACK does, finite matrices have finite answers, unless their products overflow.
    guard status == 0, values.allSatisfy(\.isFinite), vectors.allSatisfy(\.isFinite) else {
      throw LinearAlgebraError(.noConvergence, "the eigenvalues of a matrix of order \(order) were not found")
    }
    for start in stride(from: 0, to: vectors.count, by: order) {
      let row = start..<start + order
      var greatest = 0.0
      for index in row where vectors[index].magnitude > greatest.magnitude { greatest = vectors[index] }
      if greatest < 0 { for index in row { vectors[index] = -vectors[index] } }
    }
    self.values = values
    self.vectors = vectors
  }
}
