import ResZoo

extension TrainingJob {
  /// Settles the precision, and says where it does not do what was asked for.
  mutating func settle() throws(Failure) {
    let asked = options.precision
    var job = self
    try reporting { try job.settlePrecision() }
    self = job
    options.precision.inference.remark()
    guard asked == .automatic, options.precision == .float32 else { return }
    Terminal.note("--precision auto: single precision here")
  }
}
