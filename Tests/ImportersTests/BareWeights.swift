import Exporters
import Foundation
import ModelDescriptor
import ResNetModel
import TestSupport

/// A folder as a model hub has it: `model.safetensors` with torchvision's names, which says nothing of its network, and records
/// beside it.
struct BareWeights {
  let folder = TemporaryFolder()

  var path: String { folder.path }

  init(_ architecture: Architecture, config: String? = nil, preprocessor: String? = nil) throws {
    let model = try Model(untrained: architecture, seed: 1)
    try model.exportSafetensors(to: folder.file("model.safetensors"))
    try removeTexts()
    if let config { write(config, to: "config.json") }
    if let preprocessor { write(preprocessor, to: "preprocessor_config.json") }
  }

  func write(_ text: String, to name: String) { folder.write(Array(text.utf8), to: name) }

  /// A small network of timm's, with classes of its own.
  static func testNet(classes: Int = 3) throws -> Architecture {
    try Architecture.preset(named: "test_resnet", classes: classes)
  }

  /// A network of transformers whose blocks stride in their first convolution, as no tensor tells.
  static let early = Architecture(
    input: .init(), stem: .init(kind: .conv7x7, widths: [8], pool: true),
    stages: [.init(blocks: 1, width: 4, stride: 1), .init(blocks: 2, width: 8, stride: 2)],
    block: .bottleneck, bottleneckStride: .conv1, classes: 3)
  static let earlyConfig = """
    {"model_type": "resnet", "architectures": ["ResNetForImageClassification"], "embedding_size": 8,
     "hidden_sizes": [16, 32], "depths": [1, 2], "downsample_in_bottleneck": true,
     "id2label": {"0": "ant", "2": "cat", "1": "bee"}}
    """

  private func removeTexts() throws {
    let bytes = readFile(folder.file("model.safetensors"))
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = Data(bytes[8..<8 + length])
    var table = (try JSONSerialization.jsonObject(with: header) as? [String: Any]) ?? [:]
    table["__metadata__"] = nil
    var other = [UInt8](try JSONSerialization.data(withJSONObject: table))
    other += [UInt8](repeating: 0x20, count: (8 - other.count % 8) % 8)
    let size = (0..<8).map { UInt8(truncatingIfNeeded: other.count >> (8 * $0)) }
    folder.write(size + other + bytes[(8 + length)...], to: "model.safetensors")
  }
}
