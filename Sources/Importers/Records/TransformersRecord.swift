import Messages
package import ModelDescriptor

/// A `config.json` as transformers writes it.
struct TransformersRecord {
  private let record: RecordValue
  private let type: String

  /// Nil for a record of another form.
  init?(_ record: RecordValue) {
    guard case .object(let members) = record.value, case .string(let type) = members["model_type"] else {
      return nil
    }
    let signs = ["architectures", "transformers_version", "id2label", "hidden_sizes", "depths", "layer_type"]
    guard signs.contains(where: record.has) else { return nil }
    self.record = record
    self.type = type
  }

  /// True if the saved model ends with its last feature map.
  func isHeadless() throws(DescriptorError) -> Bool {
    guard let names = try record.member("architectures")?.strings(), !names.isEmpty else { return false }
    return !names.contains { $0.hasSuffix("ForImageClassification") }
  }

  /// The number of classes; nil without a head, or when nothing is said.
  func classes() throws(DescriptorError) -> Int? {
    guard try !isHeadless() else { return nil }
    if let labels = try record.member("id2label")?.classNames() { return labels.count }
    return try record.member("num_labels")?.count()
  }

  /// The classes' names; nil when they only say `LABEL_0` and so on.
  func labels() throws(DescriptorError) -> [String]? {
    guard try !isHeadless(), let labels = try record.member("id2label")?.classNames() else { return nil }
    let isNamed = labels.enumerated().contains { $1 != "LABEL_\($0)" }
    return isNamed ? labels : nil
  }

  /// The question that the logits answer.
  private func answer() throws(DescriptorError) -> Architecture.Answer {
    guard let problem = try record.member("problem_type") else { return .one }
    switch try problem.string() {
    case "single_label_classification": return .one
    case "multi_label_classification": return .several
    case let other:
      throw DescriptorError(
        .unsupported, field: problem.path,
        "the outputs are for '\(other.excerpt)', and only classification is read")
    }
  }

  /// The network; a member that is left out has the default of transformers' `ResNetConfig`.
  func architecture() throws(DescriptorError) -> Architecture? {
    guard type == "resnet" else {
      throw DescriptorError(
        .unsupported, field: "model_type",
        "this is a model of the type '\(type.excerpt)', and only 'resnet' and timm's are read")
    }
    if let activation = try record.member("hidden_act"), try activation.string() != "relu" {
      throw DescriptorError(
        .unsupported, field: activation.path,
        "the activation is '\(try activation.string().excerpt)'; a descriptor's networks have 'relu' alone")
    }
    let block: Architecture.Block =
      switch try record.member("layer_type")?.string() ?? "bottleneck" {
      case "bottleneck": .bottleneck
      case "basic": .basic
      case let other:
        throw DescriptorError(
          .unsupported, field: "layer_type", "'\(other.excerpt)' is neither 'basic' nor 'bottleneck'")
      }
    let depths = try record.member("depths")?.counts() ?? [3, 4, 6, 3]
    let sizes = try record.member("hidden_sizes")?.counts() ?? [256, 512, 1024, 2048]
    guard depths.count == sizes.count else {
      throw DescriptorError(
        .contradiction, field: "depths", "\(depths.count) stages, but \(sizes.count) hidden_sizes")
    }
    let expansion = block.defaultExpansion
    guard sizes.allSatisfy({ $0 > 0 && $0 % expansion == 0 }) else {
      throw DescriptorError(
        .outOfRange, field: "hidden_sizes", "\(sizes); each must be a multiple of \(expansion)")
    }
    let firstStrides = try record.member("downsample_in_first_stage")?.flag() ?? false
    let early = try record.member("downsample_in_bottleneck")?.flag() ?? false
    var net = Architecture(
      input: .init(channels: try record.member("num_channels")?.count() ?? 3),
      stem: .init(
        kind: .conv7x7, widths: [try record.member("embedding_size")?.count() ?? 64], pool: true),
      stages: zip(depths, sizes).enumerated().map { index, stage in
        Architecture.Stage(
          blocks: stage.0, width: stage.1 / expansion, stride: index == 0 && !firstStrides ? 1 : 2)
      },
      block: block, bottleneckStride: early && block.isBottleneck ? .conv1 : .conv2)
    net.classes = try classes() ?? net.classes
    net.answer = try answer()
    try net.validate()
    net.name = net.nameOfPreset
    return net
  }
}

extension Architecture {
  /// The name of the preset that computes the same; nil when there is none.
  var nameOfPreset: String? { Architecture.presets.first { $0.computes(as: self) }?.name }

  /// True if two networks compute the same with the same weights, whatever the number of classes.
  package func computes(as other: Architecture) -> Bool { withoutIncidentals == other.withoutIncidentals }

  /// The same but for the name, the classes and what they answer, the usual size of images, and what concerns training alone.
  private var withoutIncidentals: Architecture {
    var net = self
    net.name = nil
    net.classes = 1
    net.input = Input(channels: input.channels)
    (net.dropout, net.stochasticDepth, net.blockDropout, net.normalization.momentum) = (0, 0, 0, 0.1)
    net.answer = .one
    return net
  }
}
