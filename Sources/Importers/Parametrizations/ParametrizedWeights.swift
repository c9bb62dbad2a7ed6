import Files
import Messages
import TensorCore
import WeightFiles

/// A source in which tensors that PyTorch computes from others stand in their place: those of normalised, pruned or otherwise
/// parametrized layers.
final class ParametrizedWeights: WeightSource {
  let tensors: [SourceTensor]
  private let base: any WeightSource
  private let origins: [Origin]

  /// The tensor of the source that one here is, or the computation.
  private enum Origin {
    case same(Int)
    case computed(Parametrization)
  }

  /// Nil if the source has no such tensors.
  init?(_ base: any WeightSource) {
    // These have no names of PyTorch's modules.
    guard !(base is RawExport), !(base is ONNXWeights) else { return nil }
    let search = ParametrizationSearch(base.tensors.map { ($0.name, $0.shape) })
    guard !search.found.isEmpty else { return nil }
    self.base = base
    // The first part has the place of the computed tensor, and the others none.
    var targets: [Int: (name: String, computation: Parametrization)] = [:]
    var parts: Set<Int> = []
    for (name, (computation, places)) in search.found {
      parts.formUnion(places)
      if let first = places.first { targets[first] = (name, computation) }
    }
    var tensors: [SourceTensor] = []
    var origins: [Origin] = []
    for (place, tensor) in base.tensors.enumerated() {
      if let (name, computation) = targets[place] {
        let model = base.tensors[computation.model]
        let isKnown = computation.words != nil
        let unreadable = computation.places.map { base.tensors[$0] }.first {
          !$0.isSuitable && !$0.isWholeNumbers
        }
        tensors.append(
          SourceTensor(
            name: name, shape: model.shape,
            type: !isKnown
              ? "made by a parametrization whose function the file does not tell"
              : unreadable.map { "computed from '\($0.name.printable)', which is \($0.type)" } ?? "float32",
            byteCount: 4 * model.shape.elementCount, isSuitable: isKnown && unreadable == nil))
        origins.append(.computed(computation))
      } else if !parts.contains(place) {
        tensors.append(tensor)
        origins.append(.same(place))
      }
    }
    self.tensors = tensors
    self.origins = origins
  }

  /// Sentences about the computed tensors among those that are used.
  func notes(on used: Set<Int>) -> [Remark] {
    var counts: [String: (count: Int, first: String)] = [:]
    for index in used.sorted() {
      guard case .computed(let computation) = origins[index], let words = computation.words else { continue }
      counts[words, default: (0, tensors[index].name)].count += 1
    }
    return counts.sorted { $0.key < $1.key }.map { words, entry in
      entry.count == 1
        ? "computed: '\(entry.first.printable)' from its \(words)"
        : "computed: \(entry.count) tensors from their \(words), the first '\(entry.first.printable)'"
    }
  }

  // MARK: Elements

  func read(_ index: Int) throws(WeightFileError) -> Tensor {
    switch origins[index] {
    case .same(let place): return try base.read(place)
    case .computed(let computation):
      guard tensors[index].isSuitable else {
        throw WeightFileError(
          .unsupportedTensor, file: path, "'\(tensors[index].name.printable)' is \(tensors[index].type)")
      }
      if let doubt = try doubtOfAxis(computation, named: tensors[index].name) {
        throw WeightFileError(
          .unsupportedTensor, file: path,
          "'\(tensors[index].name.printable)' has a spectral normalization whose vectors \(doubt), and only one over the first is read; "
            + "save the plain weights in Python, after 'torch.nn.utils.parametrize.remove_parametrizations' or 'torch.nn.utils.remove_spectral_norm'"
        )
      }
      return try computation.computed { place throws(WeightFileError) in try base.read(place).asFloats() }
    }
  }

  /// The reason why a normalization may be over another axis than the first; nil where it is not, or where the layer's own settings, which
  /// were checked, say it.
  private func doubtOfAxis(
    _ computation: Parametrization, named name: String
  ) throws(WeightFileError) -> String? {
    let layer = name.lastIndex(of: ".").map { name[..<$0] } ?? ""
    if let record = base.modules?.first(where: { $0.path == layer }), !record.isProgram { return nil }
    return try computation.doubtOfAxis { place throws(WeightFileError) in try base.read(place).asFloats() }
  }

  func elements(_ index: Int) throws(WeightFileError) -> SourceElements {
    if case .same(let place) = origins[index] { return try base.elements(place) }
    let tensor = try read(index)
    let bytes = tensor.bytes
    var buffer = AlignedBuffer(byteCount: bytes.byteCount)
    var target = buffer.mutableBytes
    let floats = tensor.floats
    for place in floats.indices {
      target.storeBytes(of: floats[place].bitPattern.littleEndian, toByteOffset: 4 * place, as: UInt32.self)
    }
    return SourceElements(type: .float32, shape: tensor.shape, buffer: buffer)
  }

  // MARK: The rest is the source's

  var path: String { base.path }
  var container: String { base.container }
  var byteCount: Int { base.byteCount }
  var notes: [Remark] { base.notes }
  var wholeFile: InputFile? { base.wholeFile }
  var metadata: [String: String] { base.metadata }
  var stateDict: StateDictPlace? { base.stateDict }
  var modules: [ModuleRecord]? { base.modules }
  var keras: KerasFacts? { base.keras }
  func finish() throws(WeightFileError) -> [String] { try base.finish() }
}
