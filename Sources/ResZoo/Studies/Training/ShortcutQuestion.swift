public import ModelDescriptor
import ResNetModel

/// A question about a part of residual networks, and the networks that answer it: the first one is what the others are compared with.
public struct ShortcutQuestion: Hashable, Sendable {
  /// The questions that there are.
  public enum Name: String, Hashable, Sendable, CaseIterable {
    /// Forms of the shortcut where the shape changes, and none.
    case options
    /// Norm and ReLU before each convolution.
    case preactivation
    /// Bottlenecks in the place of two convolutions of 3×3.
    case bottleneck
    /// The random numbers before training.
    case initialization = "init"
  }

  /// A network that answers it.
  public struct Entry: Hashable, Sendable {
    /// The network's part in the question.
    public var label: String
    /// The network.
    public var network: StudyNetwork

    /// A network and its part in the question.
    public init(_ label: String, _ network: StudyNetwork) {
      self.label = label
      self.network = network
    }
  }

  /// The heading.
  public var title: String
  /// The difference between the networks, in a sentence or two.
  public var text: String
  /// The networks; the others are compared with the first one.
  public var entries: [Entry]

  /// A question of one's own.
  public init(_ title: String, text: String, entries: [Entry]) {
    self.title = title
    self.text = text
    self.entries = entries
  }

  /// One of the known questions, of the 20-layer network for CIFAR.
  ///
  /// - Throws: never in practice, as the presets are there.
  public init(_ name: Name) throws(DescriptorError) {
    let a = try StudyNetwork(preset: "cifar_resnet20")
    let b = StudyNetwork("cifar_resnet20-projection", a.architecture.with(.projection))
    switch name {
    case .options:
      self.init(
        "Shortcuts",
        text: """
          Forms of the shortcut (He et al. 2015, section 4.1): where a block changes the shape, option A pads with zeros and adds no parameter, \
          option B projects with a convolution of 1×1; option C projects in every block.
          """,
        entries: [
          Entry("no shortcut", try StudyNetwork(preset: "cifar_plain20")),
          Entry("A: zero padding", a), Entry("B: projection", b),
          Entry(
            "C: projection in every block",
            StudyNetwork("cifar_resnet20-projection_always", a.architecture.with(.projectionAlways))),
        ])
    case .preactivation:
      self.init(
        "Pre-activation",
        text: """
          Norm and ReLU before each convolution, so that a shortcut carries its input unchanged (He et al. 2016). The pre-activation network \
          has projections where the shape changes, so it is compared with option B; option A stands beside it.
          """,
        entries: [
          Entry("ReLU after the addition, B", b),
          Entry("pre-activation, B", try StudyNetwork(preset: "cifar_preresnet20")),
          Entry("ReLU after the addition, A", a),
        ])
    case .bottleneck:
      self.init(
        "Bottleneck",
        text: """
          Convolutions of 1×1, 3×3 and 1×1 in the place of two of 3×3 in each of nine blocks (He et al. 2015, figure 5): once with as many \
          channels between the blocks, a quarter of them inside, and once with as many channels inside, four times as many between the blocks. \
          All have projections where the shape changes.
          """,
        entries: [
          Entry("two 3×3", b),
          Entry(
            "bottleneck, equal width between blocks",
            StudyNetwork("cifar_bottleneck29-narrow", a.architecture.bottleneck(widths: [4, 8, 16]))),
          Entry(
            "bottleneck, equal width inside",
            StudyNetwork("cifar_bottleneck29", a.architecture.bottleneck(widths: [16, 32, 64]))),
        ])
    case .initialization:
      self.init(
        "Initialisation",
        text: """
          The weights of convolutions before training: normal with a variance for layers with ReLU (Kaiming He et al. 2015), or uniform with one for \
          layers that are about linear (Xavier Glorot and Bengio 2010).
          """,
        entries: [
          Entry("Kaiming", a),
          Entry("Xavier", StudyNetwork("cifar_resnet20-xavier", a.architecture, initialization: .xavier)),
        ])
    }
  }
}

extension Architecture {
  /// The same network with another form of shortcuts.
  fileprivate func with(_ shortcut: Shortcut) -> Architecture {
    var architecture = self
    architecture.name = nil
    architecture.shortcut = shortcut
    return architecture
  }

  /// The same stages of bottlenecks of these widths inside.
  fileprivate func bottleneck(widths: [Int]) -> Architecture {
    var architecture = with(.projection)
    architecture.block = .bottleneck
    architecture.expansion = Block.bottleneck.defaultExpansion
    for (index, width) in zip(architecture.stages.indices, widths) {
      architecture.stages[index].width = width
    }
    return architecture
  }
}
