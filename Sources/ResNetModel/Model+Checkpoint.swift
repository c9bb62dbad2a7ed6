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
    do { reader = try CheckpointReader(path: path) } catch { throw .checkpoint(error) }
    try self.init(reader, threads: threads)
  }

  /// Reads an open checkpoint.
  ///
  /// - Throws: ``ModelError``.
  public init(_ reader: CheckpointReader, threads: Int = 0) throws(ModelError) {
    let tensors: WidenedTensors
    do { tensors = try reader.loadWidened(threads: threads) } catch { throw .checkpoint(error) }
    try self.init(descriptor: try reader.index.modelDescriptor(), tensors: tensors)
  }

  /// Writes a checkpoint: the file appears whole or not at all. Each tensor is stored in the type that it came in;
  /// ``stored(as:)`` chooses another.
  ///
  /// - Parameter index: whose documents the file gets, byte for byte; nil writes the model's descriptor.
  /// - Throws: ``ModelError/checkpoint(_:)``.
  @discardableResult
  public func write(
    to path: String, codec: Codec = .automatic, documentsOf index: CheckpointIndex? = nil
  ) throws(ModelError) -> CheckpointSummary {
    let (architecture, metadata) =
      if let index { (index.architectureJSON, index.metadataJSON) } else { try documents() }
    do {
      return try CheckpointWriter.write(
        architectureJSON: architecture, metadataJSON: metadata, tensors: storedTensors, codec: codec, to: path
      )
    } catch {
      throw .checkpoint(error)
    }
  }

  private func documents() throws(ModelError) -> (architecture: [UInt8], metadata: [UInt8]) {
    do {
      return (try descriptor.architectureJSON(), try descriptor.metadataJSON())
    } catch {
      throw .descriptor(error)
    }
  }

  /// The tensors in the types that a file stores them in, in the order of the graph.
  private var storedTensors: [(name: String, tensor: Tensor)] {
    graph.parameters.map { ($0.name, tensors.stored($0.name) ?? parameter($0.name)) }
  }
}
