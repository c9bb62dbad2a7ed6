package import ImageInput
package import ModelDescriptor
public import ResNetModel

extension TrainingOptions {
  /// The options of a training from scratch: plain, with the augmentation of the papers, and the rate that goes with the optimizer.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` for an optimizer that needs settings.
  public static func scratch(
    _ model: Model, optimizer: OptimizerName = .sgd
  ) throws(TrainingError) -> TrainingOptions {
    var options = TrainingOptions()
    options.rule = try UpdateRule(optimizer)
    options.rates = LearningRates(head: optimizer.usual.scratch)
    options.augmentation = .scratch(for: model.descriptor.preprocessing)
    return options
  }

  /// Good options for adapting a trained network to a few hundred images or more: the last stage and the head train, with a tenth of
  /// the head's rate for what is trained already, on a cosine after one epoch of warm-up, 20 epochs of batches of 32; features of
  /// frozen layers are kept for 4 augmented versions of each image.
  ///
  /// AdamW, the usual optimizer, needs no rate found for each network.
  ///
  /// - Parameters:
  ///   - images: the number of images to train on, beyond which no batch goes.
  ///   - isValidated: true when there are images to validate with: training then ends when 8 epochs were not better.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` for an optimizer that needs settings.
  public static func finetuning(
    _ model: Model, images: Int, isValidated: Bool, optimizer: OptimizerName = .adamw
  ) throws(TrainingError) -> TrainingOptions {
    var options = TrainingOptions()
    options.selection = try LayerSelection("layer\(model.descriptor.architecture.stages.count),fc")
    options.rule = try UpdateRule(optimizer)
    options.rates = optimizer.usual.finetuning
    options.weightDecay = optimizer.usual.finetuningDecay
    options.exemptsNormsAndBiases = true
    options.batch = max(1, min(32, images))
    options.epochs = 20
    options.schedule = .cosine
    options.warmupEpochs = 1
    options.augmentation = .finetuning(for: model.descriptor.preprocessing)
    options.cache = FeatureCacheOptions()
    options.views = 4
    options.patience = isValidated ? 8 : nil
    return options
  }

  /// The share of each class that is kept back to validate a fine-tuned network with.
  public static let finetuningValidationShare = 0.2
}

extension Augmentation {
  /// The usual changes in a training from scratch.
  package static func scratch(for preprocessing: Preprocessing) -> Augmentation {
    takesSmallImages(preprocessing) ? .cifar : .imageNet
  }

  /// The usual changes in fine-tuning.
  package static func finetuning(for preprocessing: Preprocessing) -> Augmentation {
    takesSmallImages(preprocessing) ? .cifar : .fineTuning
  }

  /// True for images as small as CIFAR's, of which a large part must remain when a random one is taken.
  private static func takesSmallImages(_ preprocessing: Preprocessing) -> Bool {
    preprocessing.inputSize[1] < 96
  }
}
