public import CheckpointFormat
import ModelDescriptor
import ResNetGraph
import TensorCore

extension Model {
  /// Reads a checkpoint whole: every checksum verified, every tensor decoded.
  ///
  /// - Parameter bases: where the base is looked for when the file is a delta.
  /// - Throws: ``ModelError``.
  public init(
    contentsOf path: String, bases: BaseSearch = BaseSearch(), threads: Int = 0
  ) throws(ModelError) {
    let stack: CheckpointStack
    do {
      stack = try CheckpointStack(path: path, bases: bases)
    } catch {
      throw .checkpoint(error)
    }
    try self.init(stack, threads: threads)
  }

  /// Reads an open checkpoint, and the bases that it takes tensors from.
  ///
  /// - Throws: ``ModelError``.
  public init(_ stack: CheckpointStack, threads: Int = 0) throws(ModelError) {
    let tensors: [String: Tensor]
    do {
      tensors = try stack.loadTensors(threads: threads)
    } catch {
      throw .checkpoint(error)
    }
    try self.init(descriptor: try stack.index.modelDescriptor(), parameters: tensors)
  }

  /// Writes a checkpoint: the file appears whole or not at all.
  ///
  /// - Throws: ``ModelError/checkpoint(_:)``.
  @discardableResult
  public func write(to path: String, codec: Codec = .automatic) throws(ModelError) -> CheckpointSummary {
    let (architecture, metadata) = try documents()
    do {
      return try CheckpointWriter.write(
        architectureJSON: architecture, metadataJSON: metadata, tensors: namedTensors, codec: codec, to: path)
    } catch {
      throw .checkpoint(error)
    }
  }

  /// Writes a checkpoint of only those tensors that differ from a base, which is verified whole.
  ///
  /// - Throws: ``ModelError/checkpoint(_:)``.
  @discardableResult
  public func write(
    to path: String, from base: CheckpointStack, codec: Codec = .automatic
  ) throws(ModelError) -> CheckpointSummary {
    let (architecture, metadata) = try documents()
    do {
      return try CheckpointWriter.writeDelta(
        architectureJSON: architecture, metadataJSON: metadata, tensors: namedTensors, from: base,
        codec: codec,
        to: path)
    } catch {
      throw .checkpoint(error)
    }
  }

  private var namedTensors: [(name: String, tensor: Tensor)] {
    graph.parameters.map { ($0.name, parameter($0.name)) }
  }

  private func documents() throws(ModelError) -> (architecture: [UInt8], metadata: [UInt8]) {
    do {
      return (try descriptor.architectureJSON(), try descriptor.metadataJSON())
    } catch {
      throw .descriptor(error)
    }
  }
}
