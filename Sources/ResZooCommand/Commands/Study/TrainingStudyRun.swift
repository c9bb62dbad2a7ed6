import Files
import ResZoo

/// A study that trains networks, from its checked options to its page.
struct TrainingStudyRun {
  private var study: TrainingStudy

  init(_ study: TrainingStudy, _ training: TrainingStudyArguments, _ facts: StudyFacts) {
    self.study = study
    self.study.seeds = (0..<UInt64(training.seeds)).map { $0 }
    self.study.restarts = training.restart
    self.study.facts = facts
  }

  func run() throws(Failure) {
    for remark in study.remarks { Terminal.note(remark) }
    for files in study.data.leftOut { Terminal.note(files) }
    Terminal.note(study.recipe)
    let progress = StudyProgressLine()
    Interruption.defer()
    defer { StatusLine.clear() }
    let outcome = try reporting(output: study.output) {
      try study.run {
        progress.begin($0)
        return [progress]
      } shouldStop: {
        Interruption.isRequested
      }
    }
    switch outcome {
    case .finished(let result):
      StatusLine.clear()
      for conclusion in result.conclusions { Terminal.note("\(conclusion)") }
      Terminal.note(
        """
        \(study.output): the page and the numbers. The trained networks are in \(study.trainingFolder), for this study with more \
        networks or seeds, and for 'reszoo study lesions'
        """
      )
    case .interrupted(let result):
      StatusLine.clear()
      Terminal.note(
        """
        stopped. \(result.runs.count) of \(result.planned) networks are trained\
        \(result.runs.isEmpty ? "" : " and on the page in \(study.output)"); what is done is in \(study.trainingFolder). Run \
        the same command to continue
        """)
      Interruption.end()
    }
  }
}
