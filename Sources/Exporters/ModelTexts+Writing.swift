import Importers
import ModelDescriptor

extension ModelTexts {
  /// The texts for a descriptor: the architecture by its preset's name if it is one, all else as JSON.
  ///
  /// - Throws: ``DescriptorError`` for values that JSON cannot write.
  static func texts(for descriptor: ModelDescriptor) throws(DescriptorError) -> [String: String] {
    // Programs that load safetensors with PyTorch look for this one.
    var texts = ["format": "pt"]
    if let name = descriptor.architecture.presetName {
      texts[architecture] = name
    } else {
      texts[architecture] = try text(descriptor.architecture)
    }
    texts[preprocessing] = try text(descriptor.preprocessing)
    if let names = descriptor.labels { texts[labels] = try text(names) }
    texts[origin] = try text(descriptor.origin)
    if !descriptor.metrics.isEmpty { texts[metrics] = try text(descriptor.metrics) }
    if !descriptor.assumptions.isEmpty { texts[assumptions] = try text(descriptor.assumptions) }
    return texts
  }

  private static func text(_ value: some Encodable) throws(DescriptorError) -> String {
    String(decoding: try JSON.encode(value), as: UTF8.self)
  }
}

extension Architecture {
  /// The name, if it is that of a preset which differs in the number of classes at most.
  var presetName: String? {
    guard let name, let preset = try? Architecture.preset(named: name, classes: classes) else { return nil }
    return preset == self ? name : nil
  }
}
