public import CheckpointFormat
import ModelDescriptor
import ResNetGraph
import TensorCore

extension Model {
  /// Reads a checkpoint whole: every checksum verified, every tensor decoded.
  ///
  /// - Throws: ``ModelError``.
  public init(contentsOf path: String, threads: Int = 0) throws(ModelError) {
    let reader: CheckpointReader
    let tensors: [String: Tensor]
    do {
      reader = try CheckpointReader(path: path)
      tensors = try reader.loadTensors(threads: threads)
    } catch {
      throw .checkpoint(error)
    }
    try self.init(descriptor: try reader.index.modelDescriptor(), parameters: tensors)
  }

  /// Writes a checkpoint: the file appears whole or not at all.
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
        tensors: graph.parameters.map { ($0.name, parameter($0.name)) }, codec: codec, to: path)
    } catch {
      throw .checkpoint(error)
    }
  }
}
