public import Datasets
import Messages
public import ModelDescriptor
import ResNetGraph
public import ResNetModel

/// A network made ready for the classes of a data set, to be fine-tuned.
public struct AdaptedModel: Sendable {
  /// The network: the same where its classes are those of the set, or else with a new head.
  public var model: Model
  /// The images to train on, with the network's classes.
  public var training: ImageSet
  /// The images to validate with, with the network's classes.
  public var validation: ImageSet?
  /// True if the head is new, and of no use untrained.
  public var isHeadNew: Bool

  /// Gives the classes of a set the network's numbers, or the network a head for them. A quantized network becomes one of real
  /// numbers, which can learn, unless frozen layers shall compute with its integers.
  ///
  /// - Parameters:
  ///   - head: the form of a new head; nil for one like the network's own, and only where the classes or the answers differ.
  ///   - answer: the question that the network shall answer: of the images of any number of classes it is
  ///     ``Architecture/Answer/several``, of yes or no the classes are two, yes the second.
  ///   - precision: the numbers that frozen layers will multiply.
  ///   - seed: of the new head's weights.
  ///   - name: the network's for errors.
  /// - Throws: ``TrainingError``; with ``TrainingError/Code/options`` for integers that the network does not have; with ``TrainingError/Code/network`` when there cannot be such a head.
  public init(
    _ model: Model, training: ImageSet, validation: ImageSet?, head: NewHead? = nil,
    answer: Architecture.Answer = .one, precision: TrainingPrecision = .float32, seed: UInt64,
    name: String = "the network"
  ) throws(TrainingError) {
    let keepsIntegers = precision == .int8
    if keepsIntegers { try model.requireIntegers(name) }
    let model = keepsIntegers ? model : try model.dequantizedToTrain(name)
    let labels = answer == .binary ? Array(training.labels.suffix(1)) : training.labels
    if answer == .binary, head == nil, model.descriptor.architecture.answer == .binary,
      model.descriptor.labels == labels
    {
      self.model = model
      (self.training, self.validation) = (training, validation)
      isHeadNew = model.descriptor.untrained.contains { Graph.isHead(path: $0) }
      return
    }
    guard head == nil, answer != .binary, model.descriptor.architecture.answer == answer,
      let own = model.descriptor.labels,
      own.count == labels.count,
      let places = try? training.positions(among: own), Set(places).count == own.count
    else {
      do {
        self.model = try model.replacingHead(
          head, labels: labels, answer: answer, seed: seed, keepsIntegers: keepsIntegers)
      } catch {
        throw TrainingError(.network, "\(name): \(error)")
      }
      self.training = training
      self.validation = validation
      isHeadNew = true
      return
    }
    self.model = model
    isHeadNew = model.descriptor.untrained.contains { Graph.isHead(path: $0) }
    do {
      self.training = try training.relabelled(own, of: name)
      self.validation = try validation?.relabelled(own, of: name)
    } catch {
      throw TrainingError(error)
    }
  }

  /// Why layers of a quantized network are of real numbers, where its training made them so.
  static let reason = "trained in single precision"

  /// - Throws: ``TrainingError`` with ``TrainingError/Code/selection`` when a new head would stay frozen.
  public func requireTrainableHead(_ selection: LayerSelection) throws(TrainingError) {
    _ = try selection.nodes(in: model.graph)
    guard isHeadNew, let paths = selection.paths, !paths.contains(where: { Graph.isHead(path: $0) }) else {
      return
    }
    throw TrainingError(
      .selection,
      """
      \(Remedy.trainable(selection.description)): the head is new and must be trainable; use \
      \(Remedy.trainable("\(selection),fc"))
      """)
  }

  /// The recipe's words on the beginning.
  ///
  /// - Parameters:
  ///   - base: the name of the network's checkpoint.
  ///   - contentRoot: the content root of its weights, which were hashed.
  public func remarks(base: String, contentRoot: String, head: NewHead? = nil) -> [String: String] {
    var remarks = ["base": base, "base-root": contentRoot]
    if isHeadNew { remarks["head"] = head?.rawValue ?? "new" }
    return remarks
  }
}

extension Model {
  /// - Parameter name: the network's for errors.
  fileprivate func dequantizedToTrain(_ name: String) throws(TrainingError) -> Model {
    do { return try dequantized() } catch { throw TrainingError(.network, "\(name): \(error)") }
  }

  /// - Parameter name: the network's for errors.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` for a network of real numbers.
  func requireIntegers(_ name: String) throws(TrainingError) {
    guard quantization == nil else { return }
    throw TrainingError(
      .options,
      """
      \(name): is not quantized, so there are no integers for \(Remedy.recipe("precision")) int8; \(Remedy.quantizing) makes a network \
      that has them
      """)
  }
}
