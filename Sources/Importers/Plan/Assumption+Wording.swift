import Messages
import ModelDescriptor

extension Architecture {
  /// The properties of such a network that no tensor's name or shape shows, a phrase each.
  var unseenProperties: [String] {
    var properties: [String] = []
    if block.isBottleneck {
      properties.append(
        bottleneckStride == .conv2
          ? "bottlenecks stride in their 3×3 convolution"
          : "bottlenecks stride in their first 1×1 convolution")
    }
    if shortcut == .zeroPad { properties.append("shortcuts that change the shape pad with zeros (option A)") }
    if shortcut == .none { properties.append("there are no shortcuts") }
    let strides = stages.map(\.stride)
    if stages.count > 1 {
      let isUsual = strides[0] == 1 && strides.dropFirst().allSatisfy { $0 == 2 }
      properties.append(
        isUsual
          ? "every stage but the first halves the resolution" : "the stages stride by \(Self.list(strides))")
    }
    if stridePosition == .last { properties.append("the last block of each stage strides") }
    properties.append(stemPoolInWords)
    let dilations = stages.map(\.dilation)
    properties.append(
      dilations.allSatisfy { $0 == 1 } ? "no dilation" : "the stages are dilated by \(Self.list(dilations))")
    switch antialias {
    case .none: properties.append("no anti-aliasing before strides")
    case .blur: properties.append("a blur filters what is subsampled")
    case .averagePool: properties.append("average pools subsample in place of strides")
    }
    properties += normalizationInWords
    if case .multilayer = head { properties.append("ReLU stands between the layers of the head") }
    return properties
  }

  private var stemPoolInWords: String {
    guard stem.pool else { return "no pool follows the stem" }
    switch (stem.poolKind, antialias) {
    case (.max, .averagePool): return "a 2×2 average pool of stride 2 follows the stem"
    case (.max, _): return "a 3×3 max-pool of stride 2 follows the stem"
    case (.maxZeroPadded, _): return "a 3×3 max-pool of stride 2 with zeros beyond the edge follows the stem"
    case (.convolution, _): return "the convolution that follows the stem strides by 2"
    }
  }

  private var normalizationInWords: [String] {
    guard case .group(let groups) = normalization.kind else {
      return ["the epsilon of batch norms is \(normalization.epsilon)"]
    }
    return [
      "norms without running statistics are group norms of \(groups) groups",
      "the epsilon of group norms is \(normalization.epsilon)",
      weightStandardization.map { "convolutions standardise their weights, with an epsilon of \($0)" }
        ?? "convolutions use their weights as they are",
    ]
  }

  private static func list(_ numbers: [Int]) -> String {
    numbers.map(String.init).joined(separator: ", ")
  }
}

extension ImportAssumption {
  /// Notes for people about assumptions: one for each evidence, in which each assumption has a line.
  static func notes(_ assumptions: [ImportAssumption]) -> [Remark] {
    var grounds: [(evidence: String, remedy: Remedy)] = []
    for entry in assumptions
    where !grounds.contains(where: { $0.evidence == entry.assumption.evidence && $0.remedy == entry.remedy }) {
      grounds.append((entry.assumption.evidence, entry.remedy))
    }
    return grounds.map { evidence, remedy in
      let own = assumptions.filter { $0.assumption.evidence == evidence && $0.remedy == remedy }
      let lines: Remark = own.reduce("") { "\($0)\n    \($1.assumption.what)" }
      return "assumed: \(evidence). Use \(remedy) if one of these is wrong:\(lines)"
    }
  }
}

extension SourceClaims {
  /// The assumptions about preprocessing and labels, which have notes of their own already.
  func assumptionsBeyondArchitecture(
    of descriptor: ModelDescriptor, options: ImportOptions
  ) -> [ImportAssumption] {
    var assumptions: [ImportAssumption] = []
    if options.preprocessing == nil, preprocessing == nil {
      let usual = Preprocessing.usual(for: descriptor.architecture).name
      assumptions.append(
        ImportAssumption(
          Assumption(
            "images are prepared as for \(usual)",
            evidence: "the source does not say, and this is usual for "
              + (descriptor.architecture.name ?? "such a network")), remedy: .preprocessing))
    }
    if options.labels == nil, labels == nil, descriptor.labels != nil {
      assumptions.append(
        ImportAssumption(
          Assumption(
            "the classes are ImageNet's, in its order",
            evidence: "there are \(descriptor.architecture.classes) classes, and the source names none"),
          remedy: .labels))
    }
    return assumptions
  }
}
