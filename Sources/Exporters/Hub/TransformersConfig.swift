import Importers
import Messages
import ModelDescriptor

/// A `config.json` and a `preprocessor_config.json` as transformers writes them for its ResNets.
struct TransformersConfig {
  let value: JSONValue
  let preprocessor: JSONValue

  /// - Throws: ``ExportError`` with `unsupported` for a network or a preparation of images that transformers does not have.
  init(_ descriptor: ModelDescriptor) throws(ExportError) {
    value = .object(try Self.config(descriptor))
    preprocessor = .object(try Self.preprocessor(descriptor.preprocessing))
  }

  private static func config(_ descriptor: ModelDescriptor) throws(ExportError) -> [String: JSONValue] {
    let net = descriptor.architecture
    // What is left of the network when all that the record can say is taken away must be a plain ResNet.
    var plain = Architecture(
      input: .init(channels: net.input.channels), stages: net.stages, block: net.block,
      bottleneckStride: net.bottleneckStride, classes: net.classes)
    plain.stem.widths = net.stem.widths
    plain.expansion = plain.block.defaultExpansion
    plain.stages = net.stages.enumerated().map { index, stage in
      Architecture.Stage(
        blocks: stage.blocks, width: stage.width, stride: index == 0 && stage.stride == 1 ? 1 : 2)
    }
    guard plain.computes(as: net), !net.block.isPreactivation else {
      throw .unsupported(
        "transformers has plain ResNets alone, and \(net.name ?? "this network") is none; use \(Remedy.names("timm")), whose "
          + "folders transformers loads through timm")
    }
    var members: [String: JSONValue] = [
      "architectures": .array([.string("ResNetForImageClassification")]), "model_type": .string("resnet"),
      "layer_type": .string(net.block.isBottleneck ? "bottleneck" : "basic"),
      "num_channels": .count(net.input.channels), "embedding_size": .count(net.stem.widths[0]),
      "depths": .counts(net.stages.map(\.blocks)),
      "hidden_sizes": .counts(net.stages.map { net.outputChannels(of: $0) }),
      "hidden_act": .string("relu"), "downsample_in_first_stage": .boolean(net.stages[0].stride == 2),
      "downsample_in_bottleneck": .boolean(net.block.isBottleneck && net.bottleneckStride == .conv1),
      "problem_type": .string(
        net.answer == .several ? "multi_label_classification" : "single_label_classification"),
    ]
    let labels = descriptor.labels ?? (0..<net.classes).map { "LABEL_\($0)" }
    members["id2label"] = .object(
      Dictionary(uniqueKeysWithValues: labels.enumerated().map { ("\($0)", .string($1)) }))
    // Of two classes of one name the first is found by it.
    members["label2id"] = .object(
      Dictionary(labels.enumerated().map { ($1, .count($0)) }) { first, _ in first })
    return members
  }

  private static func preprocessor(_ record: Preprocessing) throws(ExportError) -> [String: JSONValue] {
    var members: [String: JSONValue] = [
      "do_resize": .boolean(true), "do_rescale": .boolean(true), "do_normalize": .boolean(true),
      "rescale_factor": .number(1.0 / 255), "image_mean": .array(record.mean.map(JSONValue.number)),
      "image_std": .array(record.std.map(JSONValue.number)),
      "resample": .count(PreprocessorRecord.filters.firstIndex(of: record.interpolation) ?? 2),
    ]
    let size: ([String: Int]) -> JSONValue = { .object($0.mapValues(JSONValue.count)) }
    guard let resize = record.resize, let crop = record.crop else {
      members["image_processor_type"] = .string("ViTImageProcessor")
      members["size"] = size(["height": record.inputSize[1], "width": record.inputSize[2]])
      return members
    }
    switch record.cropMode {
    case .center: members["size"] = size(["shortest_edge": resize])
    case .squash: members["size"] = size(["height": resize, "width": resize])
    case .border:
      throw .unsupported(
        "transformers cannot fill the rest of an image with the mean colour (crop_mode border); use \(Remedy.names("timm"))"
      )
    }
    members["image_processor_type"] = .string("BitImageProcessor")
    members["do_center_crop"] = .boolean(true)
    members["crop_size"] = size(["height": crop, "width": crop])
    members["do_convert_rgb"] = .boolean(true)
    return members
  }
}
