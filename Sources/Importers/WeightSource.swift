import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore

/// The weights of some file or folder: which tensors there are, how to read them, and what the source says about them.
struct WeightSource {
  /// The file or folder, for messages.
  var file: String
  var tensors: [SourceTensor]
  var claims: SourceClaims
  /// What was noticed while opening, a sentence each.
  var notes: [String] = []
  /// The SHA-256 of the file, which becomes part of the origin.
  var fingerprint: Fingerprint?
  /// Called when all tensors were read: verifies what is left of the source, and says what was noticed in reading.
  var finish: () throws(ImportError) -> [String] = { () throws(ImportError) in [] }
}

/// One tensor of a source, not read yet.
struct SourceTensor {
  /// The name that the source gives it.
  var name: String
  var shape: Shape
  /// Reads the elements as float32; int64 ones, such as counts of batches, as they are.
  var read: () throws(ImportError) -> Tensor
}

extension WeightSource {
  /// Decides what the weights are, reads them, and makes the model.
  ///
  /// - Throws: ``ImportError``.
  /// - Complexity: O(number of weights) in time; the memory is that of the weights.
  func importModel(options: ImportOptions) throws(ImportError) -> ImportReport {
    let mapping = NameMap.map(tensors.map(\.name))
    var notes = notes
    var mapped: [String: SourceTensor] = [:]
    var order: [String] = []
    for (name, tensor) in zip(mapping.names, tensors) {
      guard let name else { continue }
      order.append(name)
      if let other = mapped.updateValue(tensor, forKey: name) {
        throw ImportError(
          .duplicateTensor, file: file, "'\(other.name)' and '\(tensor.name)' are both '\(name)' here")
      }
    }
    let shapes = mapped.mapValues(\.shape)
    var claims = claims
    if options.architecture == nil, claims.architecture == nil,
      let (architecture, assumptions) = ArchitectureInference(shapes: shapes).infer()
    {
      claims.architecture = .record(architecture)
      claims.evidence = "as the tensors' names and shapes say"
      notes += assumptions
    }
    var descriptor = try claims.descriptor(for: shapes, options: options, notes: &notes)
    notes += mapping.notes
    let graph = try plausibleGraph(of: descriptor.architecture)
    descriptor.sourceNames = sourceNames(mapped: mapping.names, graph: graph)
    var parameters: [String: Tensor] = [:]
    for name in order { parameters[name] = try mapped[name]?.read() }
    notes += try finish()
    if let fingerprint { descriptor.origin.sha256 = try fingerprint.finish() }
    do {
      return ImportReport(model: try Model(descriptor: descriptor, parameters: parameters), notes: notes)
    } catch {
      switch error {
      case .descriptor: throw ImportError(.architecture, file: file, "\(error)")
      case .parameters, .checkpoint: throw ImportError(.tensors, file: file, "\(error)")
      }
    }
  }

  /// Refuses weights that are far larger than the architecture's before memory is taken for them. What is a little
  /// larger goes on, to be told which tensors are too many.
  private func plausibleGraph(of architecture: Architecture) throws(ImportError) -> Graph {
    let graph: Graph
    do {
      graph = try Graph(architecture)
    } catch {
      throw ImportError(.architecture, file: file, "architecture: \(error)")
    }
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
        "\(Int(given)) numbers, where \(architecture.name ?? "the architecture") has \(Int(needed))")
    }
    return graph
  }
}
