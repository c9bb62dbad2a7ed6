import Messages
import ModelDescriptor

/// A property of a network that no tensor's name or shape shows.
struct UnseenProperty {
  /// The property as a phrase.
  var what: String
  /// The text of the setting that changes it; nil where only another architecture does.
  var setting: String?
  /// True if the settings of layers tell it where these were saved with the weights.
  var isOfLayers = false

  init(_ what: String, _ setting: String? = nil, isOfLayers: Bool = false) {
    self.what = what
    self.setting = setting
    self.isOfLayers = isOfLayers
  }

  /// The setting that changes it.
  var remedy: Remedy { setting.map { .assumption($0) } ?? .architecture }
}

extension Architecture {
  /// The properties of such a network that no tensor's name or shape shows.
  var unseenProperties: [UnseenProperty] {
    var properties: [UnseenProperty] = []
    if block.isBottleneck {
      properties.append(
        bottleneckStride == .conv2
          ? UnseenProperty(
            "bottlenecks stride in their 3×3 convolution", "bottleneck_stride=conv1", isOfLayers: true)
          : UnseenProperty(
            "bottlenecks stride in their first 1×1 convolution", "bottleneck_stride=conv2", isOfLayers: true))
    }
    if shortcut == .zeroPad {
      properties.append(
        UnseenProperty(
          "shortcuts that change the shape pad with zeros (option A), half of them before the channels",
          "shortcut=none"))
    }
    if shortcut == .averagePoolProjection {
      properties.append(
        UnseenProperty("average pools in shortcuts take the mean of as many pixels as they stride over"))
    }
    if shortcut == .none { properties.append(UnseenProperty("there are no shortcuts", "shortcut=zero_pad")) }
    if stages.contains(where: { kind(of: $0).isPreactivation }) { properties += preactivationInWords }
    let strides = stages.map(\.stride)
    if stages.count > 1 {
      let isUsual = strides[0] == 1 && strides.dropFirst().allSatisfy { $0 == 2 }
      properties.append(
        UnseenProperty(
          isUsual
            ? "every stage but the first halves the resolution"
            : "the stages stride by \(Self.list(strides))",
          "strides=…", isOfLayers: true))
    }
    if stridePosition == .last {
      properties.append(
        UnseenProperty("the last block of each stage strides", "stride_position=first", isOfLayers: true))
    }
    properties.append(
      UnseenProperty(
        stem.kind == .conv3x3
          ? "the stem's convolution does not stride" : "the stem's first convolution strides by 2",
        isOfLayers: true))
    properties.append(UnseenProperty(stemPoolInWords, stem.pool ? "stem_pool=none" : "stem_pool=max"))
    let dilations = stages.map(\.dilation)
    properties.append(
      UnseenProperty(
        dilations.allSatisfy { $0 == 1 }
          ? "no dilation" : "the stages are dilated by \(Self.list(dilations))",
        "dilations=…", isOfLayers: true))
    switch antialias {
    case .none: properties.append(UnseenProperty("no anti-aliasing before strides", "antialias=blur"))
    case .blur: properties.append(UnseenProperty("a blur filters what is subsampled", "antialias=none"))
    case .averagePool:
      properties.append(UnseenProperty("average pools subsample in place of strides", "antialias=none"))
    }
    properties += normalizationInWords
    properties.append(UnseenProperty("every activation is ReLU"))
    switch globalPool {
    case .average:
      properties.append(
        UnseenProperty("the last map is pooled to the mean of each channel", "global_pool=max"))
    case .max:
      properties.append(
        UnseenProperty("the last map is pooled to the maximum of each channel", "global_pool=avg"))
    case .averageMax:
      properties.append(
        UnseenProperty(
          "the last map is pooled to the mean of each channel's mean and maximum", "global_pool=avg"))
    // Twice as many numbers show this one.
    case .concatenated: break
    }
    if case .multilayer = head {
      properties.append(UnseenProperty("ReLU stands between the layers of the head"))
    }
    return properties
  }

  private var preactivationInWords: [UnseenProperty] {
    var properties: [UnseenProperty] = []
    if shortcut != .none {
      properties.append(
        shortcutInput == .activated
          ? UnseenProperty(
            "shortcuts that change the shape begin after the block's first norm and ReLU",
            "shortcut_input=raw")
          : UnseenProperty(
            "shortcuts that change the shape take the block's input as it is", "shortcut_input=activated"))
    }
    if stages.contains(where: { !kind(of: $0).isBottleneck }) {
      properties.append(
        basicStride == .conv1
          ? UnseenProperty(
            "basic blocks stride in their first convolution", "basic_stride=conv2", isOfLayers: true)
          : UnseenProperty(
            "basic blocks stride in their second convolution", "basic_stride=conv1", isOfLayers: true))
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

  private var normalizationInWords: [UnseenProperty] {
    let kind: String
    switch normalization.kind {
    case .batch:
      return [
        UnseenProperty(
          "the epsilon of batch norms is \(normalization.epsilon)", "epsilon=…", isOfLayers: true)
      ]
    case .group(let groups): kind = "group norms of \(groups) groups"
    case .instance: kind = "instance norms"
    }
    return [
      UnseenProperty("norms without running statistics are \(kind)", "normalization=…", isOfLayers: true),
      UnseenProperty("the epsilon of these norms is \(normalization.epsilon)", "epsilon=…", isOfLayers: true),
      UnseenProperty(
        weightStandardization.map { "convolutions standardise their weights, with an epsilon of \($0)" }
          ?? "convolutions use their weights as they are", "weight_standardization=…", isOfLayers: true),
    ]
  }

  private static func list(_ numbers: [Int]) -> String {
    numbers.map(String.init).joined(separator: ", ")
  }
}

extension ImportAssumption {
  /// A note for people: each assumption has a line with the setting that changes it, and each ground one behind those that it is
  /// for. Nil when there is no assumption.
  static func note(_ assumptions: [ImportAssumption]) -> Remark? {
    guard !assumptions.isEmpty else { return nil }
    return assumptions.indices.reduce("assumed (in brackets the setting that changes it):") { note, index in
      let entry = assumptions[index].assumption
      let isLast =
        index + 1 == assumptions.count || assumptions[index + 1].assumption.evidence != entry.evidence
      let line: Remark = "\n    \(entry.what) [\(assumptions[index].remedy)]"
      return note + line + (isLast ? "\n      (\(entry.evidence))" : "")
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
      let usual = usualPreprocessing(for: descriptor.architecture).name
      assumptions.append(
        ImportAssumption(
          Assumption(
            normalization == nil
              ? "images are prepared as for \(usual)"
              : "images are resized and cropped as for \(usual), and normalised as the buffers beside the network say",
            evidence: "the source does not say, and this is usual for "
              + (descriptor.architecture.name ?? "such a network")), remedy: .preprocessing))
    }
    if isAssumedYesOrNo(descriptor.architecture, options: options) {
      assumptions.append(
        ImportAssumption(
          Assumption(
            "the single logit answers yes or no, and its sigmoid is the probability of yes",
            evidence: "by softmax the probability of a single class is 1, whatever the image shows"),
          remedy: .assumption("answer=one")))
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
