import Crypto
import Exporters
import Importers
import Messages
import ModelDescriptor
import PublishedModels
import ResNetModel
import TestSupport

@testable import ModelZoo

/// A small published file, and the model in it.
struct Publication {
  let model: Model
  let file: [UInt8]
  let weights: PublishedWeights

  /// - Parameters:
  ///   - isMeasured: whether the size of the file is known beforehand.
  ///   - digits: the known digits of its SHA-256.
  init(isMeasured: Bool = false, digits: Int = 64) throws {
    let folder = TemporaryFolder()
    model = try Model(untrained: Architecture.preset(named: "small_resnet18"), seed: 7)
    _ = try model.exportSafetensors(to: folder.file("net.safetensors"))
    file = readFile(folder.file("net.safetensors"))
    var index = try ModelIndex(json: Array(Self.index(for: file).utf8)).entries[0]
    index.sha256Prefix = String(Self.sha256(file).prefix(digits))
    if isMeasured { index.mebibytes = Double(file.count) / 0x1p20 }
    weights = index
  }

  static func sha256(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { byte in
      String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }.joined()
  }

  static func index(for file: [UInt8]) -> String {
    let prefix = sha256(file).prefix(8)
    let labels = (0..<10).map { "\"class \($0)\"" }.joined(separator: ", ")
    return """
      {"format": "reszoo-model-index", "version": 1, "models": [{"name": "small", "aliases": ["tiny"],
      "framework": "torchvision", "source": "test:small", "architecture": "small_resnet18",
      "address": "https://weights.invalid/small-\(prefix).safetensors", "file": "small-\(prefix).safetensors",
      "sha256_prefix": "\(prefix)", "license": "MIT", "labels": [\(labels)], "metrics": {"acc@1": 10},
      "preprocessing": {"input_size": [3, 32, 32], "mean": [0, 0, 0], "std": [1, 1, 1]}}]}
      """
  }
}

extension ModelCache {
  /// Pulls from a server of a test.
  func pull(
    _ publication: Publication, from server: LoopbackServer, replaces: Bool = false,
    keepsSource: Bool = false, allowsWeakCheck: Bool = false,
    onEvent: @escaping (PullEvent) -> Void = { _ in }
  ) throws(PullError) -> PullReport {
    try pull(
      publication.weights,
      options: PullOptions(
        mirror: server.address, replaces: replaces, keepsSource: keepsSource, allowsWeakCheck: allowsWeakCheck
      ),
      onEvent: onEvent)
  }
}

/// A cache in a folder that goes with it.
struct TemporaryCache {
  let folder = TemporaryFolder()
  var cache: ModelCache { ModelCache(folder: folder.path + "/cache") }

  /// What lies in the cache, by its path there.
  var files: [String] {
    ["models", "downloads"].flatMap { part in
      TemporaryFolder.names(in: folder.path + "/cache/" + part).map { part + "/" + $0 }
    }
  }
}
