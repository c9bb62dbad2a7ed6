import ResZoo

/// Tells on standard error what became of pictures, and how far the work has come.
struct PictureCounter {
  private var progress: Progress
  private var done = 0
  /// Pictures that could not be read.
  private(set) var failed = 0

  init(total: Int) {
    progress = Progress(total: total, unit: "pictures")
  }

  mutating func count(_ input: String, _ outcome: Result<PictureInfo?, ImageError>) {
    switch outcome {
    case .success(let picture):
      if let warning = picture?.warning { Terminal.error("reszoo: \(input): warning: \(warning)") }
    case .failure(let error):
      failed += 1
      Terminal.error("reszoo: \(input): \(error.message)")
    }
    done += 1
    progress.update(done)
  }

  func end() { progress.end() }
}
