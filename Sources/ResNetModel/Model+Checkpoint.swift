public import CheckpointFormat
import ModelDescriptor
import ResNetGraph
package import TensorCore

extension Model {
  /// Reads a checkpoint whole: every checksum verified, every tensor decoded.
  ///
  /// - Throws: ``ModelError``.
  public init(contentsOf path: String, threads: Int = 0) throws(ModelError) {
    let reader: CheckpointReader
    let tensors: WidenedTensors
    do {
      reader = try CheckpointReader(path: path)
      tensors = try reader.loadWidened(threads: threads)
    } catch {
      throw .checkpoint(error)
    }
    try self.init(descriptor: try reader.index.modelDescriptor(), tensors: tensors)
  }

  /// Writes a checkpoint: the file appears whole or not at all. Each tensor is stored in the type that it came in;
  /// ``stored(as:)`` chooses another.
  ///
  /// - Throws: ``ModelError/checkpoint(_:)``.
  @discardableResult
  public func write(to path: String, codec: Codec = .automatic) throws(ModelError) -> CheckpointSummary {
    let architecture: [UInt8]
    let metadata: [UInt8]
    do {
      architecture = try descriptor.architectureJSON()
      metadata = try descriptor.metadataJSON()
    } catch {
      throw .descriptor(error)
    }
    do {
      return try CheckpointWriter.write(
        architectureJSON: architecture, metadataJSON: metadata,
        tensors: storedTensors, codec: codec, to: path)
    } catch {
      throw .checkpoint(error)
    }
  }

  /// The tensors in the types that a file stores them in, in the order of the graph.
  package var storedTensors: [(name: String, tensor: Tensor)] {
    graph.parameters.map { ($0.name, tensors.stored($0.name) ?? parameter($0.name)) }
  }
}
