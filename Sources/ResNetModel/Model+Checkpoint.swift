public import CheckpointFormat
import ModelDescriptor
import ResNetGraph
import TensorCore

extension Model {
  /// Reads a checkpoint whole: every checksum verified, every tensor decoded.
  ///
  /// - Parameter bases: files and folders in which the base of a delta is looked for.
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

  /// Reads an open checkpoint, and the bases that it takes tensors from. The documents are checked before any tensor is read.
  ///
  /// - Throws: ``ModelError``.
  public init(_ stack: CheckpointStack, threads: Int = 0) throws(ModelError) {
    let descriptor = try stack.index.modelDescriptor()
    let (graph, tensors): (Graph, WidenedTensors)
    do { graph = try Graph(descriptor.architecture) } catch { throw .descriptor(error) }
    do { tensors = try stack.loadWidened(threads: threads) } catch { throw .checkpoint(error) }
    try self.init(descriptor: descriptor, graph: graph, tensors: tensors)
    provenance = Provenance(stack)
  }

  /// Writes a checkpoint: the file appears whole or not at all. Each tensor is stored in the type that it came in;
  /// ``stored(as:)`` chooses another.
  ///
  /// - Parameter index: an index whose documents the file gets, byte for byte; nil writes the model's descriptor.
  /// - Throws: ``ModelError/checkpoint(_:)``.
  @discardableResult
  public func write(
    to path: String, codec: Codec = .automatic, documentsOf index: CheckpointIndex? = nil
  ) throws(ModelError) -> CheckpointSummary {
    let draft = try draft(to: path, codec: codec, documentsOf: index)
    do { return try draft.commit() } catch { throw .checkpoint(error) }
  }

  /// Writes a checkpoint as ``write(to:codec:documentsOf:)`` does, but for its name.
  ///
  /// - Throws: ``ModelError/checkpoint(_:)``.
  public func draft(
    to path: String, codec: Codec = .automatic, documentsOf index: CheckpointIndex? = nil
  ) throws(ModelError) -> CheckpointDraft {
    let (architecture, metadata) =
      if let index { (index.architectureJSON, index.metadataJSON) } else { try documents() }
    do {
      return try CheckpointWriter.draft(
        architectureJSON: architecture, metadataJSON: metadata, tensors: storedTensors, codec: codec, to: path
      )
    } catch {
      throw .checkpoint(error)
    }
  }

  /// Writes a checkpoint of only the tensors that differ from a base, which is verified whole.
  ///
  /// - Throws: ``ModelError/checkpoint(_:)``.
  @discardableResult
  public func write(
    to path: String, from base: CheckpointStack, codec: Codec = .automatic
  ) throws(ModelError) -> CheckpointSummary {
    let (architecture, metadata) = try documents()
    do {
      return try CheckpointWriter.writeDelta(
        architectureJSON: architecture, metadataJSON: metadata, tensors: storedTensors, from: base,
        codec: codec,
        to: path)
    } catch {
      throw .checkpoint(error)
    }
  }

  /// The tensors in the types that a file stores them in, in the order of the graph.
  private var storedTensors: [(name: String, tensor: Tensor)] {
    graph.parameters.map { ($0.name, tensors.stored($0.name) ?? parameter($0.name)) }
  }

  private func documents() throws(ModelError) -> (architecture: [UInt8], metadata: [UInt8]) {
    do {
      return (try descriptor.architectureJSON(), try descriptor.metadataJSON())
    } catch {
      throw .descriptor(error)
    }
  }
}
