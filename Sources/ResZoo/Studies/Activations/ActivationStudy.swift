public import Datasets
import ImageInput
import Inference
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore

/// Measures how numbers pass through networks: their size, spread and share of zeros in the successive layers, on the branches and on
/// the shortcuts of the blocks, and how small the branch is beside the shortcut.
public struct ActivationStudy: Sendable {
  /// The networks, in the order in which they were given.
  public private(set) var profiles: [ActivationProfile] = []
  /// The images that a network could not take, and the reasons; they count nowhere.
  public private(set) var errors: [(input: String, error: String)] = []
  /// The feature maps of each network's first convolution for one image.
  var maps: [FirstMaps] = []

  /// The feature maps of a first convolution.
  struct FirstMaps: Sendable {
    let network: String
    let node: String
    let image: ImageSource
    let sheet: ContactSheet
  }

  /// Measures networks.
  ///
  /// - Parameters:
  ///   - subjects: the networks. Each takes the images as its own preprocessing says.
  ///   - images: the images.
  ///   - options: the threads and the goal, as for a ``Classifier``; images run one by one.
  ///   - progress: gets the number of images that ran so far, of all networks together.
  /// - Throws: ``FeatureError``, ``ClassificationError``, or the error of `progress`.
  public init(
    of subjects: [StudySubject], images: [ImageSource], options: Classifier.Options = Classifier.Options(),
    progress: (_ done: Int) throws -> Void = { _ in }
  ) throws {
    var done = 0
    var failed: Set<Int> = []
    for subject in subjects {
      var first: Int?
      var (position, measured) = (0, 0)
      let survey = try NodeSurvey(
        subject.model, nodes: subject.model.graph.studiedPaths, options: options)
      let entries = try survey.measure(images: images) { input, outcome in
        switch outcome {
        case .success:
          measured += 1
          first = first ?? position
        case .failure(let error):
          if failed.insert(position).inserted { errors.append((input, error.message)) }
        }
        position += 1
        done += 1
        try progress(done)
      }
      profiles.append(ActivationProfile(of: subject, entries, images: measured))
      if let first, let maps = try Self.maps(of: subject, images[first], options) { self.maps.append(maps) }
    }
  }

  /// The maps of a network's first convolution for an image; nil without a convolution.
  private static func maps(
    of subject: StudySubject, _ image: ImageSource, _ options: Classifier.Options
  ) throws -> FirstMaps? {
    let graph = subject.model.graph
    guard let node = graph.firstConvolution else { return nil }
    let extractor = try FeatureExtractor(subject.model, node: graph.nodes[node].name, options: options)
    var maps: FirstMaps?
    try extractor.features(images: [image]) { result in
      guard case .success(let tensor) = result.outcome else { return }
      maps = FirstMaps(
        network: subject.name, node: extractor.node, image: image, sheet: ContactSheet(tensor))
    }
    return maps
  }
}

extension Graph {
  /// The paths of all nodes that the study measures.
  fileprivate var studiedPaths: [String] {
    let ways = blocks.flatMap { [$0.branch, $0.shortcut, $0.output].compactMap(\.self) }
    return Set(studiedLayers.map(\.node) + ways).sorted().map { nodes[$0].name }
  }
}

extension ActivationProfile {
  fileprivate init(of subject: StudySubject, _ entries: [NodeSurvey.Entry], images: Int) {
    let graph = subject.model.graph
    let measured = Dictionary(entries.map { ($0.node.name, $0) }) { first, _ in first }
    func statistics(_ node: Int) -> NodeStatistics {
      measured[graph.nodes[node].name]?.statistics ?? NodeStatistics()
    }
    self.init(
      name: subject.name, images: images,
      layers: graph.studiedLayers.compactMap { layer in
        measured[graph.nodes[layer.node].name].map {
          Layer(path: $0.node.name, kind: layer.kind, shape: $0.shape, statistics: $0.statistics)
        }
      },
      blocks: graph.blocks.map { block in
        Block(
          path: block.path, branch: statistics(block.branch), shortcut: block.shortcut.map(statistics),
          output: statistics(block.output))
      }, isUntrained: subject.model.descriptor.hasRandomAnswers)
  }
}
