import ResZoo

/// A conversion of a checkpoint, as JSON; `reszoo convert --help` documents the keys.
private struct RecodingRecord: Encodable {
  var source: String
  var output: String
  var bytes: Int
  var ratio: Double
  var contentRoot: String
  var storage: StorageRecord
}

extension Convert {
  /// True if the source is a checkpoint of this program.
  var isCheckpoint: Bool {
    CheckpointReader.isCheckpoint(path: source) || source.hasSuffix(".rzoo")
  }

  /// Writes a checkpoint's tensors in other types; its metadata stay as they are, byte for byte.
  func convertCheckpoint() throws {
    let others = [
      ("--arch", arch), ("--descriptor", descriptor), ("--num-classes", numClasses.map { "\($0)" }),
      ("--labels", labels), ("--preset", preset), ("--state-dict-key", stateDictKey),
      ("--prefix", names.prefix), ("--rename", names.rename.first.map { "\($0)" }),
      ("--assume", assume.first.map { "\($0)" }),
    ]
    if let (name, _) = others.first(where: { $0.1 != nil }) {
      throw Failure(
        .usage,
        "\(source) is a checkpoint, which holds this already: \(name) is for the weights of other programs")
    }
    let stack = try openStack(source, bases: bases, signature: signature)
    try Operand.keep([source] + bases.base, from: output)
    let model = try loadModel(source, stack.checkedToWriteOn(source))
    let plain = try requantized(model)
    let draft = try recoded(plain, of: model, stack)
    let storage = try StorageRecord(dtype, of: draft, output: output, from: plain)
    let summary = try reporting(output: output) { try draft.commit() }
    let record = RecodingRecord(
      source: source, output: output, bytes: Int(summary.fileByteCount),
      ratio: Double(summary.fileByteCount) / model.floatByteCount, contentRoot: summary.contentRootHex,
      storage: storage)
    if json {
      let sink = try Output(path: nil)
      try sink.write(JSONText.pretty(record) + "\n")
      try sink.finish()
    } else {
      for line in storage.lines { Terminal.note("\(line)") }
      printSize(of: model, bytes: record.bytes, ratio: record.ratio)
    }
  }

  /// The model with or without its quantization, as the options say.
  private func requantized(_ model: Model) throws(Failure) -> Model {
    guard let quantization = model.quantization else {
      guard !dequantize else { throw Failure(.data, "\(source): is not quantized; leave --dequantize out") }
      return model
    }
    if dequantize {
      Terminal.note(
        """
        quantization left out: \(quantization.layers.count.counted("layer")) in int8, \
        \(quantization.maps.count.counted("map")) of 8 bits; the answers are those of real numbers now
        """)
      return try reporting(source) { try model.dequantized() }
    }
    guard dtype == .source || dtype == .int8 else {
      throw Failure(
        .usage,
        """
        \(source): is quantized, and \(quantization.layers.count.counted("layer")) of it must stay i8; --dequantize makes a network \
        of real numbers of it, which can be stored as \(dtype.rawValue)
        """)
    }
    return model
  }

  /// Writes the tensors in their new types.
  ///
  /// - Parameters:
  ///   - model: the network to write.
  ///   - original: the network as the source has it.
  private func recoded(
    _ model: Model, of original: Model, _ stack: CheckpointStack
  ) throws(Failure) -> CheckpointDraft {
    try reporting(output: output) {
      if dtype == .source, !dequantize, golden.trace == nil {
        return try stack.draftComplete(codec: codec, to: output)
      }
      let stored = try model.stored(as: dtype)
      if original.descriptor.trace != nil, stored.descriptor.trace == nil, golden.trace == nil {
        Terminal.warn("the golden trace is that of the former weights and is left out (--trace records one)")
      }
      if !stack.index.signatures.isEmpty {
        Terminal.note(
          """
          \(output): signatures dropped: \(stack.index.signatures.count); they are for \(source). Sign the new file with \
          'reszoo sign'
          """)
      }
      let traced = try golden.recorded(in: stored, path: source)
      return try traced.draft(
        to: output, codec: codec, documentsOf: traced.descriptor == original.descriptor ? stack.index : nil)
    }
  }

  /// The last line of a conversion's report.
  func printSize(of model: Model, bytes: Int, ratio: Double) {
    Terminal.note(
      """
      \(output): \(model.graph.parameterCount.grouped) parameters, \(bytes.grouped) bytes, \(ratio.text(decimals: 4)) of the \
      raw floats
      """)
  }
}

extension Model {
  /// The size of all parameters as float32.
  var floatByteCount: Double {
    graph.parameters.reduce(0) { $0 + 4 * Double($1.shape.elementCount) }
  }
}
