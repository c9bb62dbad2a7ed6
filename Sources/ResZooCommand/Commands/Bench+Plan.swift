import ResZoo

extension Bench {
  private struct PlanRecord: Encodable {
    /// Of products in single precision.
    var peakGflops: Double
    /// Of products of bfloat16 numbers, where the plan has such.
    var peakGflopsBf16: Double?
    /// Of products of bytes, where the plan has such.
    var peakGflopsInt8: Double?
    var peakGigabytesPerSecond: Double
    var batch: Int
    var kernels: String
    var precision: InferencePrecision
    var layers: [Layer]

    struct Layer: Encodable {
      var name: String
      var engine: String
      var outputShape: [Int]
      var multiplyAdds: Int
      var weightBytes: Int
      var activationBytes: Int
      var ms: Double
      var gflops: Double
      var shareOfPeak: Double
    }
  }

  /// Times each layer, and prints a table or JSON.
  ///
  /// A floating-point operation is a multiplication or an addition of the layer as it is defined, so an engine that
  /// multiplies less may exceed the peak, which is that of the numbers that the engine multiplies.
  func printPlan() throws {
    let session = try makeSession()
    fillInput(session)
    let precision = session.plan.precision
    let peak = session.peakMultiplyAddsPerSecond()
    let bf16Peak = precision == .bfloat16 ? session.peakMultiplyAddsPerSecond(.bfloat16) : nil
    let start = ContinuousClock.now
    let isQuantized = session.profile(count: options.batchSize, runs: 1).contains(where: \.isInt8)
    let once = max((ContinuousClock.now - start) / .seconds(1), 1e-6)
    let int8Peak = isQuantized ? session.peakByteMultiplyAddsPerSecond() : nil
    let runs = Int(max(3, min(10_000, duration / once)))
    let layers = session.profile(count: options.batchSize, runs: runs).map { layer in
      let rate = Double(layer.multiplyAdds * options.batchSize) / max(layer.seconds, 1e-9)
      return PlanRecord.Layer(
        name: layer.name, engine: layer.engine, outputShape: layer.outputShape,
        multiplyAdds: layer.multiplyAdds, weightBytes: layer.weightBytes,
        activationBytes: layer.activationBytes,
        ms: layer.seconds * 1000, gflops: rate * 2e-9,
        shareOfPeak: rate / ((layer.isInt8 ? int8Peak : layer.isBFloat16 ? bf16Peak : nil) ?? peak))
    }
    let record = PlanRecord(
      peakGflops: peak * 2e-9, peakGflopsBf16: bf16Peak.map { $0 * 2e-9 },
      peakGflopsInt8: int8Peak.map { $0 * 2e-9 },
      peakGigabytesPerSecond: session.peakBytesPerSecond() * 1e-9,
      batch: options.batchSize, kernels: InferencePlan.kernelName, precision: precision,
      layers: layers)
    let sink = try Output(path: nil)
    try sink.write(json ? JSONText.line(record) + "\n" : Self.table(record))
    try sink.finish()
  }

  private static func table(_ record: PlanRecord) -> String {
    let rows = record.layers.map { layer in
      [
        layer.name, layer.engine, layer.outputShape.map(String.init).joined(separator: "×"),
        layer.multiplyAdds.grouped, layer.ms.text(decimals: 3),
        layer.multiplyAdds == 0 ? "" : layer.gflops.text(decimals: 1),
        layer.multiplyAdds == 0 ? "" : (layer.shareOfPeak * 100).text(decimals: 0) + " %",
      ]
    }
    let total = record.layers.reduce(0) { $0 + $1.ms }
    let products = record.layers.reduce(0) { $0 + $1.multiplyAdds }
    let gflops = Double(products * record.batch) * 2e-6 / total
    let sum = [
      "all", "", "", products.grouped, total.text(decimals: 3), gflops.text(decimals: 1),
      (gflops / (record.peakGflopsInt8 ?? record.peakGflopsBf16 ?? record.peakGflops) * 100).text(decimals: 0)
        + " %",
    ]
    let head = ["layer", "engine", "output", "multiply-adds", "ms", "GFLOP/s", "of peak"]
    let bf16 = record.peakGflopsBf16.map { ", with bf16 \($0.text(decimals: 1))" } ?? ""
    let int8 = record.peakGflopsInt8.map { ", with int8 \($0.text(decimals: 1))" } ?? ""
    return
      "batch \(record.batch), \(record.kernels), peak \(record.peakGflops.text(decimals: 1)) GFLOP/s\(bf16)\(int8)\n"
      + Table(head: head, rows: rows + [sum]).text
  }
}
