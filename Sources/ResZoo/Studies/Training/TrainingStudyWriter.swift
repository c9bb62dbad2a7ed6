import Reports

/// Writes the page and the numbers of a study that trains networks, anew after each training.
struct TrainingStudyWriter {
  private let study: TrainingStudy
  private let sizes: [StudyNetwork.Size]

  /// Makes sure that the page can be written.
  ///
  /// - Throws: ``FileError`` when the folder cannot be written, or holds something else.
  init(_ study: TrainingStudy, _ sizes: [StudyNetwork.Size]) throws {
    self.study = study
    self.sizes = sizes
    _ = try StudyReport(folder: study.output, study: study.name)
  }

  /// Writes the page of the trainings that are done.
  func write(_ result: TrainingStudyResult) throws {
    var facts = study.facts
    facts.dataset = study.data.name
    facts.images = study.data.training.count
    facts.seeds = study.seeds
    facts.seconds = result.runs.reduce(0) { $0 + $1.seconds }
    let page = TrainingStudyPage(result, sizes)
    try StudyReport(folder: study.output, study: study.name)
      .write(page.document, numbers: TrainingStudyNumbers(result, sizes), facts)
  }
}

extension TrainingStudy {
  /// The name of the study's report.
  fileprivate var name: String {
    switch subject {
    case .degradation: "degradation"
    case .shortcuts: "shortcuts"
    }
  }
}
