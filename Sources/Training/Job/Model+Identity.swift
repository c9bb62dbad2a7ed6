import Crypto
import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore

extension Model {
  /// A text that tells the weights from others: the content root of their checkpoint, the architecture that they were drawn for, or
  /// else a digest of them.
  ///
  /// - Complexity: O(number of weights) for weights that were put together in memory.
  var identity: String {
    switch provenance {
    case .checkpoint(let contentRoot, _): return contentRoot
    case .drawn:
      if let json = try? descriptor.architecture.json() { return String(decoding: json, as: UTF8.self) }
    case nil: break
    }
    var hash = SHA256()
    for parameter in graph.parameters {
      hash.update(data: Array("\(parameter.name) \(parameter.shape) ".utf8))
      unsafe self.parameter(parameter.name).bytes.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
    }
    return hexadecimal(hash.finalize())
  }
}
