import Messages
import ModelDescriptor
import ResNetGraph
import WeightFiles

extension SourceClaims {
  /// The statements of an ONNX file: the network is what its nodes are; the metadata may say more.
  init(_ source: ONNXWeights) throws(ImportError) {
    self = try ModelTexts.claims(source.metadata, file: source.path)
    hasStatedOrigin = ModelTexts.sayOrigin(source.metadata)
    let network = source.network
    assumptions = network.source.assumption.map { [$0] } ?? []
    let stated = architecture
    architecture = .record(network.graph.architecture)
    evidence = "as the graph's nodes say"
    basis = nil
    classes = network.graph.architecture.classes
    quantization = network.graph.architecture.quantization
    habitualPreprocessing = network.habitualPreprocessing
    // A record of this program's own export is about the same nodes, and has the settings of training too.
    if case .record(var record) = stated {
      record.input = network.graph.architecture.input
      record.quantization = network.graph.architecture.quantization
      if let expanded = try? Graph(record), expanded.nodes == network.graph.nodes {
        architecture = .record(record)
      }
    }
    if network.graph.architecture.answer == .binary, !network.endsInSigmoid {
      assumptions.append(Assumption("the only logit answers yes or no", evidence: "the graph ends with it"))
    }
    if let (record, ground) = network.preprocessing(beside: preprocessing) {
      preprocessing = .record(record)
      preprocessingEvidence = ground
    }
  }
}

extension ONNXNetwork {
  /// The preparation that Keras' networks of this form take, for a graph whose input has its channels last, as Keras' have; nil
  /// for others.
  fileprivate var habitualPreprocessing: (name: String, record: Preprocessing)? {
    guard source.isChannelsLast, graph.architecture.input.channels == 3 else { return nil }
    let isSecond = graph.architecture.block.isPreactivation
    var (name, record) = isSecond ? ("symmetric", Preprocessing.symmetric) : ("caffe", Preprocessing.caffe)
    let usual = Preprocessing.usual(for: graph.architecture).record
    (record.inputSize, record.resize, record.crop) = (usual.inputSize, usual.resize, usual.crop)
    return (name, record)
  }

  /// The preprocessing that the graph does itself, as a record; nil if it does none.
  ///
  /// - Parameter stated: the preprocessing before the graph, if the file says it.
  fileprivate func preprocessing(beside stated: Named<Preprocessing>?) -> (Preprocessing, String)? {
    let isScaled = inputScale.contains { $0 != 1 } || inputShift.contains { $0 != 0 }
    guard isScaled || isInputReversed, inputScale.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    var record = Preprocessing.usual(for: graph.architecture).record
    var ground = isScaled ? "the graph scales its input itself" : "the graph turns its input's colours itself"
    if case .record(let before) = stated {
      record = before
    } else if isScaled {
      // Numbers from 0 to 255 have such means; else they are from 0 to 1, or normalised already.
      let means = zip(inputShift, inputScale).map { -$0 / $1 }
      let isBytes = means.contains { $0 > 2 } || inputScale.allSatisfy { $0 < 0.1 }
      let isUnit = means.allSatisfy { (0...1).contains($0) } && inputScale.allSatisfy { $0 >= 1.5 }
      if isBytes || isUnit {
        record.mean = inputScale.map { _ in 0 }
        record.std = inputScale.map { _ in isBytes ? 1.0 / 255 : 1 }
        ground += isBytes ? ", from bytes" : ", from numbers of 0 to 1"
      } else {
        ground += ", after the usual preparation"
      }
    }
    if isInputReversed {
      record.channelOrder = record.channelOrder == .rgb ? .bgr : .rgb
      record.mean.reverse()
      record.std.reverse()
    }
    record.mean = inputScale.indices.map {
      record.mean[$0] - inputShift[$0] / inputScale[$0] * record.std[$0]
    }
    record.std = inputScale.indices.map { record.std[$0] / inputScale[$0] }
    return (record, ground)
  }
}
