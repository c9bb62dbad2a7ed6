import COpenBLAS

/// The settings of the BLAS library.
enum OpenBLAS {
  /// Makes each call run on the thread that makes it; the workers are ours. Happens once in a process.
  static func prepare() {
    _ = singleThreaded
  }

  private static let singleThreaded: Void = openblas_set_num_threads(1)
}
