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
    if stages.contains(where: { kind(of: $0).isPreactivation }) { properties += preactivationInWords }
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
    properties.append("every activation is ReLU")
    if case .multilayer = head { properties.append("ReLU stands between the layers of the head") }
    return properties
  }

  private var preactivationInWords: [String] {
    var properties: [String] = []
    if shortcut != .none {
      properties.append(
        shortcutInput == .activated
          ? "shortcuts that change the shape begin after the block's first norm and ReLU"
          : "shortcuts that change the shape take the block's input as it is")
    }
    if stages.contains(where: { !kind(of: $0).isBottleneck }) {
      properties.append(
        "basic blocks stride in their \(basicStride == .conv1 ? "first" : "second") convolution")
    }
    return properties
  }

  private var stemPoolInWords: String {
    guard stem.pool else { return "no pool follows the stem" }
    switch (stem.poolKind, antialias) {
    case (.max, .averagePool): return "a 2×2 average pool of stride 2 follows the stem"
    case (.max, _): return "a 3×3 max-pool of stride 2 follows the stem"
    case (.maxZeroPadded, _): return "a 3×3 max-pool of stride 2 with zeros beyond the edge follows the stem"
    case (.maxPartial, _):
      return
        "a 3×3 max-pool of stride 2 follows the stem, from the first pixel on and partial at the far edge"
    case (.convolution, _): return "the convolution that follows the stem strides by 2"
    }
  }

  private var normalizationInWords: [String] {
    let kind: String
    switch normalization.kind {
    case .batch: return ["the epsilon of batch norms is \(normalization.epsilon)"]
    case .group(let groups): kind = "group norms of \(groups) groups"
    case .instance: kind = "instance norms"
    }
    return [
      "norms without running statistics are \(kind)",
      "the epsilon of these norms is \(normalization.epsilon)",
      weightStandardization.map { "convolutions standardise their weights, with an epsilon of \($0)" }
        ?? "convolutions use their weights as they are",
    ]
  }

  private static func list(_ numbers: [Int]) -> String {
    numbers.map(String.init).joined(separator: ", ")
  }
}

extension Assumption {
  /// Notes for people about assumptions, one for each evidence.
  static func notes(_ assumptions: [Assumption]) -> [Remark] {
    var evidence: [String] = []
    for assumption in assumptions where !evidence.contains(assumption.evidence) {
      evidence.append(assumption.evidence)
    }
    return evidence.map { ground in
      let what = assumptions.filter { $0.evidence == ground }.map(\.what).joined(separator: "; ")
      return "assumed: \(what) (\(ground)). Use \(Remedy.architecture) to override."
    }
  }
}

extension SourceClaims {
  /// The assumptions about preprocessing and labels, which have notes of their own already.
  func assumptionsBeyondArchitecture(of descriptor: ModelDescriptor, options: ImportOptions) -> [Assumption] {
    var assumptions: [Assumption] = []
    if options.preprocessing == nil, preprocessing == nil {
      let usual = usualPreprocessing(for: descriptor.architecture).name
      assumptions.append(
        Assumption(
          "images are prepared as for \(usual)",
          evidence: "the source does not say, and this is usual for "
            + (descriptor.architecture.name ?? "such a network")))
    }
    if isAssumedYesOrNo(descriptor.architecture, options: options) {
      assumptions.append(
        Assumption(
          "the single logit answers yes or no, and its sigmoid is the probability of yes",
          evidence: "by softmax the probability of a single class is 1, whatever the image shows"))
    }
    if options.labels == nil, labels == nil, descriptor.labels != nil {
      assumptions.append(
        Assumption(
          "the classes are ImageNet's, in its order",
          evidence: "there are \(descriptor.architecture.classes) classes, and the source names none"))
    }
    return assumptions
  }
}
