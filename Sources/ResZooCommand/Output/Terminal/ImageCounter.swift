import ResZoo

/// Shows on standard error the images that could not be read, and the progress.
struct ImageCounter {
  private let progress: Progress
  private var done = 0
  /// Images that could not be read.
  private(set) var failed = 0

  init(total: Int) {
    progress = Progress(total: total, unit: "images")
  }

  mutating func count(_ input: String, _ outcome: Result<ImageInfo?, ImageError>) {
    switch outcome {
    case .success(let image):
      if let warning = image?.warning { Terminal.warn("\(input): warning: \(warning)") }
    case .failure(let error):
      failed += 1
      Terminal.fail("\(input): \(error.message)")
    }
    done += 1
    progress.update(done)
  }

  func end() { progress.end() }
}
