import CLinearAlgebra
import Messages

/// Dense linear algebra outside the network's own kernels, by OpenBLAS and its LAPACK, which are opened when they are first used.
///
/// Matrices lie row by row. The library adds in an order of its own, so that the last digits of what is computed here depend on its version and
/// on the machine: results that must not are computed again from the few rows that matter.
package enum LinearAlgebra {
  /// Opens the library unless it is open.
  ///
  /// - Throws: ``LinearAlgebraError`` with `missingLibrary`, and the package that has it.
  package static func open() throws(LinearAlgebraError) {
    guard rz_blas_is_there() == 0 else { return }
    if let name = unsafe rz_blas_wanted() {
      throw LinearAlgebraError(
        .missingLibrary,
        "the library '\(unsafe String(cString: name).excerpt)', which the environment's RESZOO_BLAS names, cannot be opened or has not all of BLAS and LAPACK; name another one, or none"
      )
    }
    throw LinearAlgebraError(
      .missingLibrary, "this needs the library OpenBLAS; install it (\(installation))")
  }

  /// The name of the library that is open.
  ///
  /// - Throws: as ``open()``.
  package static func libraryName() throws(LinearAlgebraError) -> String {
    try open()
    return unsafe String(cString: rz_blas_name())
  }

  /// Most rows or columns that the library counts: its integers have 32 bits.
  package static let extentLimit = Int(Int32.max)

  /// Computes the inner products of all rows of two matrices: `products[i * rowsB + j]` is that of row i of `a` and row j of `b`. It runs on the
  /// caller's thread alone, and on several threads at once.
  ///
  /// - Parameters:
  ///   - a: [rowsA, width].
  ///   - b: [rowsB, width].
  ///   - width: at least 1.
  ///   - products: [rowsA, rowsB], overwritten.
  /// - Throws: ``LinearAlgebraError`` with `missingLibrary` or `tooLarge`. Numbers that are not finite are not looked for: their products are not
  ///   finite either, but for infinities that meet one another.
  /// - Precondition: the counts are multiples of `width` and fit one another.
  @_lifetime(products: copy products)
  package static func multiply(
    _ a: Span<Float>, _ b: Span<Float>, width: Int, into products: inout MutableSpan<Float>
  ) throws(LinearAlgebraError) {
    precondition(width > 0, "rows of \(width) numbers")
    let (rowsA, rowsB) = (a.count / width, b.count / width)
    precondition(
      rowsA * width == a.count && rowsB * width == b.count && rowsA * rowsB == products.count,
      "\(a.count) and \(b.count) numbers in rows of \(width) to \(products.count)")
    try open()
    guard !products.isEmpty else { return }
    // Behind the library's indices is the product of two extents.
    guard max(a.count, b.count, products.count) <= extentLimit else {
      throw LinearAlgebraError(
        .tooLarge,
        "\(rowsA) times \(rowsB) rows of \(width) numbers are more than the library counts; take fewer at a time"
      )
    }
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe products.withUnsafeMutableBufferPointer { products in
          unsafe rz_blas_products(
            Int32(rowsA), Int32(rowsB), Int32(width), a.baseAddress, b.baseAddress, products.baseAddress)
        }
      }
    }
  }

  /// A command that installs the library.
  private static var installation: String {
    #if canImport(Darwin)
    "brew install openblas"
    #else
    "sudo apt-get install libopenblas0"
    #endif
  }
}
