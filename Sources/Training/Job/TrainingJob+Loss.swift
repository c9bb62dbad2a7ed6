import Datasets
import Messages
import ModelDescriptor
import ResNetModel

extension TrainingJob {
  /// The form of the network's answer.
  var answer: Architecture.Answer { model.descriptor.architecture.answer }

  /// The names of the trained network's classes: of yes or no that of yes.
  var resultLabels: [String] { answer == .binary ? Array(training.labels.suffix(1)) : training.labels }

  /// The name of the loss: the one that was asked for, or that of the answer's form.
  package var lossName: LossName { options.lossName ?? (answer == .one ? .crossEntropy : .bce) }

  /// The loss with the weights of the classes.
  var loss: any TrainingLoss {
    switch lossName {
    case .bce:
      BinaryCrossEntropy(labelSmoothing: options.loss.labelSmoothing, positiveWeights: positiveWeights)
    case .crossEntropy: crossEntropy
    }
  }

  /// Weights of images / (classes · images of the class), so that every class counts alike.
  private var crossEntropy: CrossEntropy {
    guard options.balancesLoss else { return options.loss }
    var loss = options.loss
    let counts = training.countOfLabel
    loss.classWeights = counts.map { count in
      count == 0 ? 0 : Float(training.count) / Float(counts.count * count)
    }
    return loss
  }

  private var positiveWeights: [Float]? {
    let classes = model.descriptor.architecture.classes
    switch options.positiveWeight {
    case nil: return nil
    case .number(let weight): return Array(repeating: Float(weight), count: classes)
    case .balanced:
      let counts = answer == .binary ? [training.countOfLabel[1]] : training.countOfLabel
      // A class of no image, or of all, has nothing to be balanced with.
      return counts.map { count in
        count > 0 && count < training.count ? Float(training.count - count) / Float(count) : 1
      }
    }
  }

  /// - Throws: ``TrainingError`` when the loss, the network's answer and the classes of the images do not fit.
  func requireFittingLoss() throws(TrainingError) {
    let classes = model.descriptor.architecture.classes
    guard lossName == .bce || answer == .one else {
      throw TrainingError(
        .options, "the loss \(lossName.rawValue) is for one class of many; for this network it must be bce")
    }
    guard lossName == .bce || options.positiveWeight == nil else {
      throw TrainingError(.options, "a weight of positives goes with the loss bce")
    }
    guard lossName == .crossEntropy || !options.balancesLoss && options.loss.classWeights == nil else {
      throw TrainingError(
        .options,
        "weights of classes go with the loss cross-entropy; for bce there is \(Remedy.positiveWeight)")
    }
    guard answer != .several || options.order != .balanced else {
      throw TrainingError(
        .options,
        "classes cannot be shown equally often where images have several; use \(Remedy.positiveWeight)")
    }
    for set in [training, validation].compactMap(\.self) {
      let fits =
        switch answer {
        case .one: set.labelSets == nil && set.labels.count == classes
        case .several: set.labelSets != nil && set.labels.count == classes
        case .binary: set.labelSets == nil && set.labels.count == 2
        }
      guard !fits else { continue }
      guard (set.labelSets != nil) == (answer == .several) else {
        throw TrainingError(
          .data,
          set.labelSets == nil
            ? "each image has one class, and the network answers several at once"
            : "images have any number of classes, and the network answers one; \(Remedy.answer("several")) is for these"
        )
      }
      throw TrainingError(
        .data,
        "a data set of \(set.labels.count) classes for a network of \(classes); give it another head")
    }
  }
}
