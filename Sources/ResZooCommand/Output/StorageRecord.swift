import ResZoo

/// The cost of storing weights in narrower types, for people and as JSON.
struct StorageRecord: Encodable {
  struct TensorRecord: Encodable {
    var name: String
    var type: String
    var largest: Double
    var rms: Double
  }

  struct LogitRecord: Encodable {
    var inputs: Int
    var largest: Double
    var agreeing: Int
  }

  var dtype: String
  var tensors: [TensorRecord]
  var meanRms: Double
  var logits: LogitRecord?
  /// The reason that the logits were not compared.
  var logitsError: String?

  private let worst: StorageLoss.Entry?

  enum CodingKeys: CodingKey {
    case dtype, tensors, meanRms, logits, logitsError
  }

  /// Compares a checkpoint that has no name yet with the model that it was made of.
  ///
  /// - Throws: ``Failure`` when the checkpoint is not sound.
  init(
    _ dtype: WeightStorage, of draft: CheckpointDraft, output: String, from reference: Model
  ) throws(Failure) {
    let model = try reporting(output) {
      let reader = try draft.open()
      try reader.verify()
      return try Model(CheckpointStack(reader))
    }
    let loss = StorageLoss(of: model, from: reference)
    self.dtype = dtype.rawValue
    tensors = loss.entries.map {
      TensorRecord(name: $0.name, type: $0.type.rawValue, largest: $0.largest, rms: $0.rms)
    }
    meanRms = loss.meanRMS
    worst = loss.worst
    guard let worst, worst.largest > 0 else { return }
    do {
      let loss = try LogitLoss(of: model, from: reference)
      logits = LogitRecord(inputs: loss.images, largest: loss.largest, agreeing: loss.agreeing)
    } catch {
      logitsError = error.message
    }
  }

  /// The same in a few lines; none when every tensor had the type already.
  var lines: [String] {
    guard let worst else { return [] }
    let count = "\(tensors.count) tensors became \(dtype)"
    guard worst.largest > 0 else { return ["stored: \(count), exactly"] }
    var lines = [
      "stored: \(count); errors, relative to the largest weight of the channel: at most \(worst.largest.scientific) "
        + "(in \(worst.name)), rms \(meanRms.scientific) on average"
    ]
    if let logits {
      lines.append(
        "logits: off by at most \(logits.largest.scientific) of the largest for \(logits.inputs) inputs of noise; the first "
          + "class is the same for \(logits.agreeing)")
    }
    if let logitsError { lines.append("logits: not compared: \(logitsError)") }
    return lines
  }
}

extension Double {
  /// Two digits and a power of ten, for a number that is not negative.
  fileprivate var scientific: String {
    guard self > 0, isFinite else { return "\(self)" }
    var (mantissa, power) = (self, 0)
    while mantissa < 1 { (mantissa, power) = (mantissa * 10, power - 1) }
    while mantissa >= 10 { (mantissa, power) = (mantissa / 10, power + 1) }
    return mantissa.text(decimals: 1) + "e\(power)"
  }
}
