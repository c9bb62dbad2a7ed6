import ResZoo

extension Features {
  /// Prints statistics of nodes, and plots them.
  ///
  /// - Returns: the number of images that could not be read.
  func measure(_ images: [ImageSource]) throws -> Int {
    let survey = try NodeSurvey(
      loadModel(model, bases: bases, signature: signature, threads: options.threads), nodes: node,
      options: options.classifierOptions(ignoringExif: exif.ignoreExif))
    let sink = try Output(path: nil)
    let drawing = try plot.map { path throws(Failure) in
      try Output(path: path, keeping: [model] + images.map(\.path), as: .svg)
    }
    var counter = ImageCounter(total: images.count)
    let entries = try survey.measure(images: images) { counter.count($0, $1) }
    counter.end()
    let measured = images.count - counter.failed
    if format == .json {
      let record = StatisticsRecord(
        model: model, images: measured, nodes: entries.map(StatisticsRecord.NodeRecord.init))
      try sink.write(JSONText.pretty(record) + "\n")
    } else {
      try sink.write(Self.table(entries))
    }
    try sink.finish()
    try drawing?.write(StatisticsPlot(entries: entries, images: measured).svg)
    try drawing?.finish()
    return counter.failed
  }

  private static func table(_ entries: [NodeSurvey.Entry]) -> String {
    let rows = entries.map { entry in
      let statistics = entry.statistics
      return [
        entry.node.name, entry.node.operation.name, entry.shape.description,
        statistics.mean?.text(decimals: 4) ?? "", statistics.standardDeviation?.text(decimals: 4) ?? "",
        statistics.zeroShare.map { ($0 * 100).text(decimals: 2) + " %" } ?? "",
        statistics.minimum.map { Double($0).text(decimals: 4) } ?? "",
        statistics.maximum.map { Double($0).text(decimals: 4) } ?? "",
      ]
    }
    return Table(
      head: ["node", "operation", "output", "mean", "deviation", "zeros", "smallest", "largest"], rows: rows,
      leftColumns: 2
    ).text
  }
}

/// Statistics as JSON.
private struct StatisticsRecord: Encodable {
  struct NodeRecord: Encodable {
    var name: String
    var operation: String
    var shape: [Int]
    var values: Int
    var mean: Double?
    var standardDeviation: Double?
    var zeroShare: Double?
    var minimum: Float?
    var maximum: Float?

    init(_ entry: NodeSurvey.Entry) {
      name = entry.node.name
      operation = entry.node.operation.name
      shape = [entry.shape.channels, entry.shape.height, entry.shape.width]
      values = entry.statistics.count
      mean = entry.statistics.mean
      standardDeviation = entry.statistics.standardDeviation
      zeroShare = entry.statistics.zeroShare
      minimum = entry.statistics.minimum
      maximum = entry.statistics.maximum
    }
  }

  var model: String
  /// Images that could be read.
  var images: Int
  var nodes: [NodeRecord]
}
