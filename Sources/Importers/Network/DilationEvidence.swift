import Messages
import ModelDescriptor
import TensorCore

/// The evidence, in what lies beside a network, that its last stages are dilated where others stride: a head of semantic
/// segmentation.
struct DilationEvidence {
  /// The values of a program whose habits are known.
  private(set) var settings: [Architecture.Setting] = []
  private(set) var assumption: Assumption?
  /// A tensor of such a head, by whose program nothing is settled.
  private var stranger: String?

  /// Components of names that only such heads have.
  private static let words: Set<Substring> = [
    "decode_head", "auxiliary_head", "aux_classifier", "aspp", "psp", "ppm", "conv_seg", "cls_seg", "fpa",
    "psp_modules", "seg_head",
  ]
  private static let strides = [1, 2, 1, 1]
  private static let dilations = [1, 1, 2, 4]

  /// No evidence.
  init() {}

  init(beside candidate: NetworkCandidate, in search: NetworkSearch) {
    guard search.graph == nil, !search.options.settings.contains(where: \.isDilation) else { return }
    let beside = search.tensors.filter { !$0.name.hasPrefix(candidate.prefix) || candidate.prefix.isEmpty }
    let heads = beside.filter { name, shape in
      let parts = name.split(separator: ".")
      let isDense = shape.rank == 4 && shape.dimensions[2...] == [3, 3] && parts.first == "classifier"
      return isDense || parts.contains(where: Self.words.contains)
    }
    guard let first = heads.first else { return }
    guard candidate.isBottlenecked, candidate.prefix == "backbone.", Self.isTorchvision(beside.map(\.name))
    else {
      stranger = first.name
      return
    }
    settings = [.strides(Self.strides), .dilations(Self.dilations)]
    assumption = Assumption(
      "the last two stages are dilated by 2 and 4 in place of strides",
      evidence: "torchvision's segmentation networks are, and '\(first.name.printable)' is named as theirs")
  }

  /// True if a head is named as those of torchvision's `fcn_resnet` or `deeplabv3_resnet`.
  private static func isTorchvision(_ names: [String]) -> Bool {
    let names = Set(names)
    let isFCN = ["classifier.0.weight", "classifier.1.running_mean", "classifier.4.weight"]
    let isDeepLab = ["classifier.0.convs.0.0.weight", "classifier.0.project.0.weight", "classifier.4.weight"]
    return names.isSuperset(of: isFCN) || names.isSuperset(of: isDeepLab)
  }

  /// The question whether the network is dilated; nil where something settles it.
  func question(about net: Architecture) -> Remark? {
    guard let stranger, net.stages.count == 4 else { return nil }
    return
      "the network is part of one for segmentation, as '\(stranger.printable)' shows, whose last stages often are dilated in place of strides; tensors do not show that. Say which it is: \(Remedy.assumption("strides=1,2,1,1")) with \(Remedy.assumption("dilations=1,1,2,4")), or \(Remedy.assumption("strides=1,2,2,2")) for one without dilation"
  }
}

extension NetworkCandidate {
  /// True if its blocks are bottlenecks.
  fileprivate var isBottlenecked: Bool { names.values.contains("layer1.0.conv3.weight") }
}

extension Architecture.Setting {
  fileprivate var isDilation: Bool {
    switch self {
    case .strides, .dilations: true
    default: false
    }
  }
}
