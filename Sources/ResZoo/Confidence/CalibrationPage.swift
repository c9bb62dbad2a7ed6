import Charts
import Files
import Metrics
import ModelDescriptor
import Reports

/// The page about a calibration.
struct CalibrationPage {
  private let calibration: ConfidenceCalibration
  private let options: ConfidenceCalibration.Options
  private var document: ReportDocument

  init(
    _ calibration: ConfidenceCalibration, options: ConfidenceCalibration.Options, model: String,
    dataset: String, notices: [String]
  ) {
    self.calibration = calibration
    self.options = options
    document = ReportDocument(title: "Confidence of \(model.lastPathPart)")
    addHead(notices)
    addReliability()
    addFigures()
    addSelective()
    addConformal()
    document.addSection("How it was made")
    document.addTable(
      ["", ""],
      [
        ["model", model], ["data set", dataset], ["images", NumberText.grouped(calibration.images)],
        ["bins", "\(options.bins)"], ["bootstrap samples", NumberText.grouped(options.resamples)],
        ["seed", "\(options.seed)"],
      ], texts: [0, 1])
  }

  var html: String { document.html }

  private mutating func addHead(_ notices: [String]) {
    let (before, images) = (calibration.before, NumberText.grouped(calibration.images))
    let accuracy = Double(calibration.correct) / Double(calibration.images)
    let gap = before.meanConfidence - accuracy
    let verdict = gap > 0 ? "overconfident" : "underconfident"
    document.addSummary(
      "On \(images) images the network is right in \(Self.percent(accuracy)), and gives its answers a mean probability of \(Self.percent(before.meanConfidence)): it is \(verdict)."
    )
    var figures = [
      ("accuracy", Self.percent(accuracy)), ("mean confidence", Self.percent(before.meanConfidence)),
      ("calibration error (ECE)", Self.percent(before.expectedCalibrationError.value)),
    ]
    if let temperature = calibration.temperature, let after = calibration.after {
      figures += [
        ("temperature", NumberText.fixed(temperature.value, decimals: 4)),
        ("ECE with it", Self.percent(after.expectedCalibrationError.value)),
      ]
    }
    document.addFigures(figures)
    for notice in notices { document.addNotice(notice) }
    if let obstacle = calibration.obstacle {
      document.addNotice("There is no best temperature: \(obstacle).")
    }
    document.addErrors(
      calibration.errors.map { (image: $0.input, error: $0.message) }, one: "has no answer",
      several: "have no answer")
  }

  private mutating func addReliability() {
    document.addSection("Are the probabilities true?")
    document.addText(
      """
      Images are put into bins by the probability of the network's answer. Of the images in the bin around 80 %, 80 % should be answered \
      rightly: on the dashed line probabilities are true, below it the network is too sure, above it not sure enough. Bins of few images \
      scatter.
      """)
    let (before, after) = (calibration.before, calibration.after)
    document.addChart { width in
      func line(_ name: String, _ bins: [ReliabilityBin]) -> LineChart.Series {
        LineChart.Series(
          name,
          points: bins.compactMap { bin in
            guard let confidence = bin.confidence, let accuracy = bin.accuracy else { return nil }
            return LineChart.Point(x: confidence, y: accuracy)
          })
      }
      var series = [line("without temperature", before.reliability)]
      if let after { series.append(line("with the temperature", after.reliability)) }
      series.append(
        LineChart.Series(
          "true", points: [LineChart.Point(x: 0, y: 0), LineChart.Point(x: 1, y: 1)], style: .dashed))
      return LineChart(
        "Reliability", horizontal: Axis("probability of the answer", numbers: .percent, range: 0...1),
        vertical: Axis("share of right answers", numbers: .percent, range: 0...1), series: series,
        width: width, height: min(width, 460)
      ).svg()
    }
    document.addChart { width in
      func shares(_ bins: [ReliabilityBin]) -> [Double?] {
        bins.map { Double($0.images) / Double(calibration.images) }
      }
      var series = [BarChart.Series("without temperature", values: shares(before.reliability))]
      if let after { series.append(.init("with the temperature", values: shares(after.reliability))) }
      return BarChart(
        "Images in each bin",
        labels: before.reliability.map { "\(Self.percent($0.lower)) – \(Self.percent($0.upper))" },
        series: series, axis: Axis("share of the images", numbers: .percent), width: width
      ).svg()
    }
  }

  private mutating func addFigures() {
    document.addSection("Figures")
    func cell(_ figure: EstimatedFigure, _ text: (Double) -> String) -> String {
      "\(text(figure.value)) (\(text(figure.lower)) to \(text(figure.upper)))"
    }
    func plain(_ value: Double) -> String { NumberText.fixed(value, decimals: 4) }
    func rows(_ metrics: ConfidenceMetrics) -> [String] {
      [
        cell(metrics.expectedCalibrationError, Self.percent),
        cell(metrics.adaptiveCalibrationError, Self.percent),
        Self.percent(metrics.maximumCalibrationError),
        Self.percent(metrics.rootMeanSquareCalibrationError),
        cell(metrics.negativeLogLikelihood, plain), cell(metrics.brierScore, plain),
        Self.percent(metrics.meanConfidence), Self.percent(metrics.expectedErrorIfCalibrated),
      ]
    }
    let names = [
      "expected calibration error (ECE)", "adaptive ECE", "largest error of a bin", "root mean square error",
      "negative log-likelihood (NLL)", "Brier score", "mean confidence", "ECE of true probabilities",
    ]
    var columns = [("without temperature", rows(calibration.before))]
    if let own = calibration.own {
      let value = NumberText.fixed(own.temperature.value, decimals: 4)
      columns.append(("as the model is (\(value))", rows(own.metrics)))
    }
    if let after = calibration.after { columns.append(("with the fitted temperature", rows(after))) }
    document.addTable(
      [""] + columns.map(\.0), names.indices.map { row in [names[row]] + columns.map { $0.1[row] } },
      texts: [0])
    document.addText(
      """
      In brackets: intervals of 95 %, by drawing the images anew \(NumberText.grouped(options.resamples)) times. ECE is the mean distance \
      between probability and share of right answers over \(options.bins) bins of equal width; adaptive ECE over bins of equally many images. \
      Even true probabilities show an ECE above 0 on so many images: the last line. A lower NLL and Brier score are better.
      """)
    if let heldOut = calibration.heldOut {
      document.addText(
        """
        With temperatures fitted to four fifths of the images and measured on the rest: ECE \
        \(Self.percent(heldOut.expectedCalibrationError)), NLL \(plain(heldOut.negativeLogLikelihood)), Brier score \
        \(plain(heldOut.brierScore)).
        """)
    }
  }

  private mutating func addSelective() {
    document.addSection("Answering only when sure")
    let curve = calibration.selective.curve
    document.addChart { width in
      LineChart(
        "Wrong answers by share answered",
        horizontal: Axis("images answered, the surest first", numbers: .percent, range: 0...1),
        vertical: Axis("share of wrong answers", numbers: .percent, includesZero: true),
        series: [LineChart.Series("", points: curve.map { LineChart.Point(x: $0.coverage, y: $0.risk) })],
        width: width, height: 300
      ).svg()
    }
    document.addTable(
      ["least probability", "answered", "wrong"],
      curve.map {
        [
          Self.percent($0.threshold, decimals: 2), Self.percent($0.coverage),
          Self.percent($0.risk, decimals: 2),
        ]
      }, texts: [])
    guard let threshold = calibration.threshold else {
      document.addText(
        "No least probability gives \(Self.percent(options.precision)) of right answers with 95 % confidence on so many images."
      )
      return
    }
    document.addText(
      """
      For \(Self.percent(options.precision)) of right answers, answer from \(Self.percent(threshold.confidence, decimals: 2)) on: \
      \(NumberText.grouped(threshold.answered)) images are answered, \(NumberText.grouped(threshold.right)) rightly, which is above \
      \(Self.percent(threshold.lowerBound, decimals: 2)) with 95 % confidence.
      """)
  }

  private mutating func addConformal() {
    let sets = calibration.conformal
    document.addSection("Sets of classes that hold the right one")
    document.addText(
      """
      The set of an image has every class with a probability of at least \(Self.percent(sets.leastProbability, decimals: 3)). For new \
      images of the same kind the right class is in it in \(Self.percent(sets.coverage)) of all cases at least, whatever the network \
      (split conformal prediction). One half of the images sets the bound, the other is tried: \(Self.percent(sets.heldOutCoverage)) of the sets hold \
      the class.
      """)
    document.addTable(
      ["", ""],
      [
        ["classes of a set, mean", NumberText.fixed(sets.meanSize, decimals: 3)],
        ["sets of one class", Self.percent(sets.singleShare)], ["empty sets", Self.percent(sets.emptyShare)],
      ], texts: [0])
  }

  private static func percent(_ share: Double) -> String { percent(share, decimals: 1) }

  private static func percent(_ share: Double, decimals: Int) -> String {
    NumberText.percent(share, decimals: decimals)
  }
}
