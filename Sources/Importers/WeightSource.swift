import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore

/// The weights of some file or folder: which tensors there are, how to read them, and what the source says about them.
struct WeightSource {
  /// The file or folder, for messages.
  var file: String
  /// What kind of file or folder it is, in words.
  var container: String
  /// The bytes of the file, or of all files of a folder or an index.
  var byteCount: Int
  var tensors: [SourceTensor]
  var claims: SourceClaims
  /// What was noticed while opening, a sentence each.
  var notes: [Remark] = []
  /// The texts that a safetensors file carries.
  var metadata: [String: String] = [:]
  /// Where in a training checkpoint the tensors were found.
  var stateDict: StateDictPlace?
  /// Begins to compute the SHA-256 of the file, which becomes part of the origin.
  var fingerprint: (() -> Fingerprint)?
  /// Called when all tensors were read: verifies what is left of the source, and says what was noticed in reading.
  var finish: () throws(ImportError) -> [String] = { () throws(ImportError) in [] }
}

/// One tensor of a source, not read yet.
struct SourceTensor {
  /// The name that the source gives it.
  var name: String
  var shape: Shape
  /// The type of its elements, as the source calls it.
  var type: String
  /// The size of its elements in the source's type.
  var byteCount: Int
  /// Reads the elements: floats as they are, integers as float32, but counts of batches as int64.
  var read: () throws(ImportError) -> Tensor
  /// Reads the elements as they lie in the source, to compare them.
  var elements: () throws(ImportError) -> SourceElements
}

extension WeightSource {
  /// Refuses weights that are far larger than the architecture's before memory is taken for them. What is a little
  /// larger goes on, to be told which tensors are too many.
  func requirePlausible(for graph: Graph) throws(ImportError) {
    let needed = graph.parameters.reduce(0.0) { $0 + Double($1.shape.elementCount) }
    let given = tensors.reduce(0.0) { $0 + Double($1.shape.elementCount) }
    guard 4 * given < Double(Machine.memoryByteCount) else {
      throw ImportError(
        .tooLarge, file: file,
        "\(Int(given)) numbers; this machine has \(Machine.memoryByteCount >> 20) MiB of memory")
    }
    guard given <= 4 * needed + 0x1p24 else {
      throw ImportError(
        .tooLarge, file: file,
        "\(Int(given)) numbers, where \(graph.architecture.name ?? "the architecture") has \(Int(needed))")
    }
  }
}
