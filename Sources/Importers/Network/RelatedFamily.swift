import Messages

/// A family of networks that resembles residual networks or is taken for one, and that no descriptor expresses.
///
/// Its tensors alone may fit a residual network that computes differently: pools, activations and strides leave no tensors.
struct RelatedFamily {
  let name: String
  /// The part of its networks that no descriptor expresses.
  let obstacle: String
  /// Words between the dots of its tensors' names, one behind the other; `#` stands for a number.
  private let words: [[String]]

  private init(_ name: String, _ obstacle: String, _ words: String...) {
    self.name = name
    self.obstacle = obstacle
    self.words = words.map { $0.split(separator: ".").map(String.init) }
  }

  /// The first family whose words occur in the names; nil if none do.
  ///
  /// - Complexity: O(names · families).
  static func first(among names: some Sequence<String>) -> RelatedFamily? {
    var found: Int?
    for name in names {
      let parts = name.split(separator: ".").map { word in
        word.reduce(into: "") { text, character in
          let isDigit = character.isWholeNumber
          if !isDigit || text.last != "#" { text.append(isDigit ? "#" : character) }
        }
      }
      let place = all.prefix(found ?? all.count).firstIndex { $0.occurs(in: parts) }
      found = place ?? found
    }
    return found.map { all[$0] }
  }

  private func occurs(in parts: [String]) -> Bool {
    words.contains { sequence in
      parts.indices.contains { parts[$0...].starts(with: sequence) }
    }
  }

  var remark: Remark {
    "the tensors' names are those of \(name), which \(obstacle); no descriptor expresses that. "
      + "Use \(Remedy.architecture) if the network is another one"
  }

  private static let all = [
    RelatedFamily(
      "CLIP's networks (Radford et al. 2021)",
      "pool by attention and put average pools before their strides", "attnpool", "head.pos_embed"),
    RelatedFamily("vision transformers", "consist of attention", "patch_embed", "cls_token", "class_token"),
    RelatedFamily(
      "Res2Net (Gao et al. 2019)", "divides its 3×3 convolutions into scales", "#.convs.#"),
    RelatedFamily(
      "ResNeSt (Zhang et al. 2020)", "attends to splits of its channels", "conv#.fc#"),
    RelatedFamily("SKNet (Li et al. 2019)", "chooses between kernels by attention", "conv#.paths.#"),
    RelatedFamily(
      "timm's ByobNet", "has pools and activations that leave no tensors", "conv#_#x#", "conv#_kxk"),
    RelatedFamily(
      "RegNet (Radosavovic et al. 2020)", "halves the resolution in its first stage",
      "s#.b#.conv#", "trunk_output"),
    RelatedFamily(
      "normalizer-free networks (Brock et al. 2021)", "scale their blocks in place of norms", "conv#.gain"),
    RelatedFamily("EvoNorm's networks (Liu et al. 2020)", "have activations in their norms", "norm#.v"),
    RelatedFamily("HRNet (Wang et al. 2019)", "has branches of several resolutions", "transition#.#.#"),
    RelatedFamily("deep layer aggregation (Yu et al. 2018)", "joins layers in trees", "tree#.conv#"),
    RelatedFamily("DenseNet (Huang et al. 2017)", "joins maps instead of adding them", "denseblock#"),
    RelatedFamily(
      "networks of depthwise convolutions, as MobileNet, EfficientNet and ConvNeXt",
      "are no residual networks",
      "conv_dw", "dwconv", "depthwise_conv"),
    RelatedFamily("RepVGG (Ding et al. 2021)", "has a convolution in its shortcuts", "rbr_dense"),
  ]
}
