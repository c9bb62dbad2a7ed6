import Importers
import ModelDescriptor
import ResNetModel

extension ONNXDocument {
  /// Protocol buffers end before 2 GiB.
  static let byteLimit = Int(Int32.max)

  /// The file for a model.
  ///
  /// - Throws: ``ExportError/descriptor(_:)``.
  init(_ model: Model, folding: Bool, producerVersion: String) throws(ExportError) {
    self.init()
    irVersion = 8
    operatorSets = [ONNXOperatorSet(version: 17)]
    producer = "reszoo"
    self.producerVersion = producerVersion
    modelVersion = 1
    comment =
      "The metadata's reszoo.preprocessing says what images go through before the network, and "
      + "reszoo.labels names its classes."
    if let note = Self.note(on: model) { comment += " " + note }
    do {
      properties = try Self.texts(for: model.descriptor).sorted { $0.key < $1.key }
        .map(ONNXProperty.init)
    } catch {
      throw .descriptor(error.description)
    }
    graph = try ONNXNetwork(model, folding: folding)
  }

  /// The difference from the checkpoint, if there is one.
  static func note(on model: Model) -> String? {
    model.descriptor.architecture.weightStandardization.map { _ in
      "The convolutions' weights are standardised already: they are those that the network computes with."
    }
  }

  /// The texts of a safetensors export with the architecture spelled out, and the licence where ONNX looks for it.
  private static func texts(for descriptor: ModelDescriptor) throws(DescriptorError) -> [String: String] {
    var texts = try ModelTexts.texts(for: descriptor).filter { $0.key.hasPrefix(ModelTexts.prefix) }
    texts[ModelTexts.prefix + "architecture"] = String(
      decoding: try descriptor.architectureJSON(), as: UTF8.self)
    texts["model_license"] = descriptor.origin.license
    return texts
  }
}

extension ONNXOperatorSet {
  fileprivate init(version: Int64) {
    self.init()
    domain = ""
    self.version = version
  }
}

extension ONNXProperty {
  fileprivate init(key: String, value: String) {
    self.init()
    self.key = key
    self.value = value
  }
}
