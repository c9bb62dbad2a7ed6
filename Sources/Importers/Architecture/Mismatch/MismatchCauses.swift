import Messages
import ResNetGraph
import TensorCore
import WeightFiles

/// Guesses at causes, from the pattern in which tensors differ from a network's.
struct MismatchCauses {
  private(set) var sentences: [String] = []
  private let fit: TensorFit
  private let graph: Graph
  private let shapes: [String: Shape]

  init(_ fit: TensorFit, _ graph: Graph, shapes: [String: Shape]) {
    self.fit = fit
    self.graph = graph
    self.shapes = shapes
    sentences =
      [
        secondSet, statistics, truncation, head, projections, transposition, grouping, stem, scalars,
        parametrization,
      ].compactMap(\.self)
  }

  /// Names that are the network's own behind some prefix.
  private var secondSet: String? {
    let own = Set(graph.parameters.map(\.name))
    let longest = own.map(\.utf8.count).max() ?? 0
    let missing = Set(fit.missing.map(\.name))
    var found: [String: (count: Int, missing: Int)] = [:]
    for (name, _) in fit.extra {
      var rest = name[...]
      while let dot = rest.firstIndex(of: ".") {
        rest = rest[rest.index(after: dot)...]
        guard rest.utf8.count <= longest, own.contains(String(rest)) else { continue }
        let prefix = String(name.dropLast(rest.count))
        // A block more is no second set.
        guard !prefix.hasPrefix("layer") else { break }
        var entry = found[prefix] ?? (0, 0)
        entry.count += 1
        if missing.contains(String(rest)) { entry.missing += 1 }
        found[prefix] = entry
        break
      }
    }
    guard let (prefix, counts) = found.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) }),
      counts.count > 2 || counts.missing > 0
    else { return nil }
    let shown = prefix.printable
    if counts.count == shapes.count {
      return "each name has the prefix '\(shown)': save the tensors without it"
    }
    if counts.missing > 0 {
      return
        "\(counts.missing) names have the prefix '\(shown)' and the others do not: save all of them one way"
    }
    return
      "\(counts.count) names are there with and without the prefix '\(shown)': a second set of the same weights, perhaps "
      + "an average; save only one of the two"
  }

  private var statistics: String? {
    let roles = fit.missing.filter { $0.role == .runningMean || $0.role == .runningVariance }
    guard !roles.isEmpty, roles.count == fit.missing.count else { return nil }
    let all = graph.parameters.count { $0.role == .runningMean || $0.role == .runningVariance }
    guard roles.count == all else {
      return
        "only running statistics of batch norms are missing: save the whole 'model.state_dict()', buffers included"
    }
    return
      "no batch norm has running statistics: parameters alone were saved, or the norms were made with "
      + "track_running_stats=False; save 'model.state_dict()' of a network that keeps them"
  }

  /// Everything up to some tensor is there, and nothing from it on.
  private var truncation: String? {
    guard fit.missing.count > 2, fit.extra.isEmpty, let first = fit.missing.first else { return nil }
    let start = graph.parameters.count - fit.missing.count
    guard start > 0, graph.parameters[start...].elementsEqual(fit.missing) else { return nil }
    let isHead = fit.missing.allSatisfy { $0.node == first.node }
    return isHead
      ? nil
      : "everything from \(first.name) on is missing: the table was cut off, or the network has fewer blocks and no head"
  }

  private var head: String? {
    let last = graph.parameters.last { $0.role == .weight }
    guard let last, last.shape.rank >= 2, fit.missing.contains(last), secondSet == nil else { return nil }
    let candidate = fit.extra.first {
      $0.shape.rank == 2 && $0.shape.dimensions[1] == last.shape.dimensions[1] && $0.name.hasSuffix(".weight")
    }
    guard let candidate else {
      guard fit.missing.count <= 2, fit.misshapen.isEmpty else { return nil }
      return "only the head is missing: these are a network's features without its classifier"
    }
    let layers = fit.extra.count { $0.shape.rank == 2 && $0.name.hasSuffix(".weight") }
    guard layers == 1 else {
      return
        "the head has \(layers) linear layers; what stands between them does not show in their names, but for the numbers of a "
        + "Sequential of linear layers and ReLU"
    }
    let path = String(candidate.name.dropLast(".weight".count)).printable
    let own = last.name.dropLast(".weight".count)
    return
      "the head is probably named '\(path)' with \(candidate.shape.dimensions[0]) classes: rename it to '\(own)'"
  }

  private var projections: String? {
    let isProjection: (String) -> Bool = { $0.contains(".downsample.") || $0.contains(".shortcut.") }
    if !fit.missing.isEmpty, fit.missing.allSatisfy({ isProjection($0.name) }), fit.extra.isEmpty {
      return
        "only projections in shortcuts are missing: the network pads its shortcuts with zeros (option A) or has none; a "
        + #"descriptor says "shortcut": "zero_pad" or "none""#
    }
    if !fit.extra.isEmpty, fit.extra.allSatisfy({ isProjection($0.name) }), fit.missing.isEmpty {
      return
        "only projections in shortcuts are unexpected: the network projects where the shape changes (option B); a "
        + #"descriptor says "shortcut": "projection""#
    }
    return nil
  }

  private var transposition: String? {
    let count = fit.misshapen.count { $0.given.isTransposed(from: $0.needed) }
    guard count > 0 else { return nil }
    return
      "\(count == 1 ? "one has its" : "\(count) have their") axes in another order, as TensorFlow, Keras and Flax keep them: transpose to "
      + "[outputs, inputs] and [outputs, inputs, height, width]"
  }

  /// Kernels that differ in their input channels alone, by one factor.
  private var grouping: String? {
    let kernels = fit.misshapen.filter { $0.name.hasSuffix(".conv2.weight") && $0.needed.rank == 4 }
    let factors = kernels.compactMap { tensor -> Int? in
      let (given, needed) = (tensor.given.dimensions, tensor.needed.dimensions)
      guard given.count == 4, given[0] == needed[0], given[2...] == needed[2...], given[1] > 0,
        given[1] != needed[1], needed[1] % given[1] == 0
      else { return nil }
      return needed[1] / given[1]
    }
    guard let factor = factors.first, factors.count == kernels.count, factors.allSatisfy({ $0 == factor })
    else { return nil }
    return
      "the 3×3 convolutions of the blocks have \(factor) times as many groups: a descriptor says \"groups\""
  }

  private var stem: String? {
    guard let kernel = fit.misshapen.first(where: { $0.name == "conv1.weight" }), kernel.given.rank == 4,
      !kernel.given.isTransposed(from: kernel.needed)
    else { return nil }
    let (given, needed) = (kernel.given.dimensions, kernel.needed.dimensions)
    if given[1] != needed[1], given[2...] == needed[2...] {
      return
        "the stem's input channels are \(given[1]), not \(needed[1]): a descriptor says \"input\": {\"channels\": \(given[1])}"
    }
    guard given[2] != needed[2] else { return nil }
    return "the stem is a \(given[2])×\(given[3]) convolution, not a \(needed[2])×\(needed[3]) one"
  }

  /// Weights that are stored in parts, from which a layer computes them.
  private var parametrization: String? {
    let endings = [
      ".weight_orig", ".weight_g", ".weight_v", ".weight_mask", ".weight.original", ".weight.original0",
      ".weight.original1",
    ]
    guard let part = fit.extra.first(where: { tensor in endings.contains { tensor.name.hasSuffix($0) } })
    else {
      return nil
    }
    return
      "weights are stored in parts, as '\(part.name.printable)' shows (weight or spectral norm, pruning): remove the "
      + "parametrizations in Python before saving"
  }

  /// Vectors that were saved with axes of extent 1.
  private var scalars: String? {
    let padded = fit.misshapen.filter {
      $0.given.rank != $0.needed.rank
        && $0.given.dimensions.filter { $0 != 1 } == $0.needed.dimensions.filter { $0 != 1 }
    }
    guard !padded.isEmpty else { return nil }
    return "\(padded.count) differ only in axes of extent 1: reshape them"
  }
}
