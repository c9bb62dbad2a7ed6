import CResZoo
import CheckpointFormat
import Inference
import ModelDescriptor
import ResNetGraph
import ResNetModel
import ResZoo
import TensorCore
import Threads

/// A model that a caller opened: the network ready to classify, and the open file, from which the rest is made when it is asked for.
final class OpenedModel: Sendable {
  /// The path, or what stands for it.
  let name: String
  let stack: CheckpointStack
  let descriptor: ModelDescriptor
  let graph: Graph
  let options: Classifier.Options
  /// Nil for a network without a head.
  let classifier: Classifier?
  private let kept = ForkMutex(Kept())

  /// Networks prepared for a node, and tensors, that later calls use again.
  private struct Kept {
    /// The last used one at the end.
    var outputs: [(use: NodeUse, output: NodeOutput)] = []
    var tensors: WidenedTensors?
  }

  /// A node for inputs of one size.
  struct NodeUse: Hashable {
    /// Nil for the embedding.
    var path: String?
    var pooled: Bool
    /// Nil for the size that preprocessing gives.
    var height: Int?
    var width: Int?
  }

  /// Networks that are kept for nodes and sizes: a sweep over as many of them repeats nothing.
  private static let outputLimit = 4

  /// Reads and prepares a checkpoint.
  init(_ reader: CheckpointReader, name: String, _ settings: OpeningOptions) throws {
    self.name = name
    var stack = try CheckpointStack(reader, bases: BaseSearch(files: settings.bases))
    let threads = settings.run.threads
    if let root = settings.contentRoot, root != stack.index.contentRootHex {
      throw CallError(
        .changed, "\(name): its content root is \(stack.index.contentRootHex), where \(root) was asked for")
    }
    stack = try stack.trusted(
      signedBy: settings.publicKey, pins: settings.contentRoot != nil, threads: threads)
    let model = try Model(stack, threads: threads)
    self.stack = stack
    descriptor = model.descriptor
    graph = model.graph
    options = settings.run
    classifier =
      descriptor.architecture.head == .none ? nil : try Classifier(model, options: settings.run)
  }

  /// The classifier.
  ///
  /// - Throws: `RESZOO_UNSUPPORTED` for a network without one.
  func requireClassifier() throws(CallError) -> Classifier {
    guard let classifier else {
      throw CallError(.unsupported, "the network has no head: it puts out features and knows no classes")
    }
    return classifier
  }

  /// The number of a node.
  ///
  /// - Parameter path: nil for the embedding.
  func node(_ path: String?) throws(CallError) -> Int {
    guard let path else { return graph.embedding }
    guard let node = graph.node(atPath: path) else {
      throw CallError(
        .notFound,
        "there is no node '\(path)'; close to it: \(graph.paths(near: path).joined(separator: ", "))")
    }
    return node
  }

  /// The extents of a node's output.
  func shape(_ use: NodeUse) throws -> [Int] {
    let node = try node(use.path)
    let size = descriptor.preprocessing.inputSize
    let map: FeatureShape
    do {
      map = try graph.shapes(height: use.height ?? size[1], width: use.width ?? size[2])[node]
    } catch {
      throw CallError(.unsupported, error.message)
    }
    return use.pooled || use.path == nil || node > graph.embedding
      ? [map.channels] : [map.channels, map.height, map.width]
  }

  /// The network up to a node.
  func output(_ use: NodeUse) throws -> NodeOutput {
    if let classifier, use.height == nil, try node(use.path) == graph.nodes.count - 1 {
      return classifier.logits
    }
    let found = kept.withLock { kept -> NodeOutput? in
      guard let index = kept.outputs.firstIndex(where: { $0.use == use }) else { return nil }
      kept.outputs.append(kept.outputs.remove(at: index))
      return kept.outputs.last?.output
    }
    if let found { return found }
    let model = try model()
    var size: (height: Int, width: Int)?
    if let height = use.height, let width = use.width { size = (height, width) }
    let output = try NodeOutput(model, node: use.path, pools: use.pooled, size: size, options: options)
    // Dropped outputs are freed after the lock is released: freeing one closes a file, which takes a lock of its own.
    let dropped = kept.withLock { kept -> [NodeOutput] in
      kept.outputs.append((use, output))
      let surplus = max(0, kept.outputs.count - Self.outputLimit)
      defer { kept.outputs.removeFirst(surplus) }
      return kept.outputs.prefix(surplus).map(\.output)
    }
    _ = consume dropped
    return output
  }

  /// All tensors, as float32 and as they are stored.
  func tensors() throws -> WidenedTensors {
    if let tensors = kept.withLock({ $0.tensors }) { return tensors }
    let tensors = try model().tensors
    kept.withLock { $0.tensors = tensors }
    return tensors
  }

  /// Gives back what is kept.
  func trim() {
    let kept = kept.withLock { kept in
      defer { kept = Kept() }
      return kept
    }
    _ = consume kept
  }

  /// The model, read from the file again and compared with its content root.
  private func model() throws -> Model {
    do {
      return try Model(stack.pinned(threads: options.threads), threads: options.threads)
    } catch {
      throw CallError(afterOpening: error)
    }
  }
}
