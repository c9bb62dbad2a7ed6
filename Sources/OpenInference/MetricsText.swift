package import Serving

/// Figures of models in Prometheus's text format, version 0.0.4: the counters that NVIDIA Triton has, in microseconds and under its names, so that its dashboards
/// and scaling rules work, and histograms of our own in seconds.
package enum MetricsText {
  /// The type of such a text.
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// - Parameters:
  ///   - waiting: the number of requests for a model that wait.
  ///   - bytes: the memory of the process; nil where it is not known.
  package static func text(
    _ models: [ServedModel], waiting: (ServedModel) -> Int, bytes: Int?
  ) -> String {
    let all = models.map { (labels: labels($0), figures: $0.statistics.snapshot, model: $0) }
    var text = ""
    func add(
      _ name: String, _ kind: String, _ help: String, _ lines: [(labels: String, value: String)]
    ) {
      guard !lines.isEmpty else { return }
      text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
      for line in lines { text += "\(name)\(line.labels.isEmpty ? "" : "{\(line.labels)}") \(line.value)\n" }
    }
    func counter(_ name: String, _ help: String, _ value: (ModelStatistics.Snapshot) -> Int) {
      add(name, "counter", help, all.map { ($0.labels, "\(value($0.figures))") })
    }
    func histogram(_ name: String, _ help: String, _ value: (ModelStatistics.Snapshot) -> Histogram) {
      guard !all.isEmpty else { return }
      text += "# HELP \(name) \(help)\n# TYPE \(name) histogram\n"
      for one in all {
        let histogram = value(one.figures)
        var count = 0
        for (bound, inBucket) in zip(histogram.bounds.map(\.description) + ["+Inf"], histogram.counts) {
          count += inBucket
          text += "\(name)_bucket{\(one.labels),le=\"\(bound)\"} \(count)\n"
        }
        text += "\(name)_sum{\(one.labels)} \(histogram.sum)\n\(name)_count{\(one.labels)} \(count)\n"
      }
    }
    counter("nv_inference_request_success", "Requests that were answered.") { $0.success.count }
    add(
      "nv_inference_request_failure", "counter", "Requests that ended with an error.",
      all.flatMap { one in
        Dictionary(grouping: one.figures.failures.keys, by: \.reason).sorted { $0.key < $1.key }
          .map { reason, codes in
            let count = codes.reduce(0) { $0 + (one.figures.failures[$1]?.count ?? 0) }
            return ("\(one.labels),reason=\"\(reason)\"", "\(count)")
          }
      })
    counter("nv_inference_count", "Rows that were answered.") { $0.rowCount }
    counter("nv_inference_exec_count", "Batches that were run.") {
      $0.batches.values.reduce(0) { $0 + $1.run.count }
    }
    counter("nv_inference_request_duration_us", "Time from arrival to answer.") { $0.success.microseconds }
    counter("nv_inference_queue_duration_us", "Time in the queue.") { $0.queue.microseconds }
    counter("nv_inference_compute_input_duration_us", "Time to decode and preprocess.") {
      $0.input.microseconds
    }
    counter("nv_inference_compute_infer_duration_us", "Time of the network's runs.") { $0.run.microseconds }
    counter("nv_inference_compute_output_duration_us", "Time to read the scores.") { $0.output.microseconds }
    add(
      "nv_inference_pending_request_count", "gauge", "Requests that wait.",
      all.map { ($0.labels, "\(waiting($0.model))") })
    if let bytes { add("nv_cpu_memory_used_bytes", "gauge", "Memory of the process.", [("", "\(bytes)")]) }
    histogram("reszoo_request_seconds", "Time from arrival to answer.") { $0.wholeTimes }
    histogram("reszoo_queue_seconds", "Time in the queue.") { $0.queueTimes }
    histogram("reszoo_run_seconds", "Time of the network's runs of a request.") { $0.runTimes }
    histogram("reszoo_batch_rows", "Rows that ran together.") { $0.batchSizes }
    counter("reszoo_unreadable_images_total", "Images that could not be read.") { $0.unreadableCount }
    return text
  }

  private static func labels(_ model: ServedModel) -> String {
    let name = model.name.unicodeScalars.reduce(into: "") { text, character in
      switch character {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(character)
      }
    }
    return "model=\"\(name)\",version=\"\(InferenceReply.modelVersion)\""
  }
}

extension ModelStatistics.Total {
  fileprivate var microseconds: Int { Int(time.seconds * 1e6) }
}

extension ServingError.Code {
  /// Triton's word for the kind of failure.
  fileprivate var reason: String {
    switch self {
    case .full, .stopping, .unavailable, .expired: "REJECTED"
    case .cancelled: "CANCELED"
    case .failed: "BACKEND"
    case .invalid, .unknownModel, .tooLarge: "OTHER"
    }
  }
}
