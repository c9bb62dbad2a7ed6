/// A setting or a step that would help, as it stands within a ``Remark``. Its description names the Swift interface that does it;
/// another program says it in its own words.
public enum Remedy: Hashable, Sendable, CustomStringConvertible {
  // MARK: Networks and imports

  /// A preset as the architecture: this one, or any.
  case preset(String?)
  /// An architecture that is no preset.
  case ownArchitecture
  /// The architecture, whichever it is.
  case architecture
  /// A value for a property that weights do not show, as `PROPERTY=VALUE`.
  case assumption(String)
  /// The list of the presets.
  case presets
  /// The text form of an architecture, to start from.
  case architectureForm
  /// The number of classes: this one, or one that is to be chosen.
  case classes(Int?)
  /// The classes' names.
  case labels
  /// The preprocessing of images.
  case preprocessing
  /// The place of the weights in a training checkpoint: under this key, or under one that is to be chosen.
  case stateDictKey(String?)
  /// The beginning of the names of a network's tensors.
  case prefix(String)
  /// Another name for a path in the names of tensors; the empty one leaves the tensors out.
  case rename(old: String, new: String)
  /// The convention for the names of an export's tensors.
  case names(String)

  // MARK: Checkpoints

  /// The file that a delta differs from.
  case base
  /// Making a complete file of a delta and its base.
  case merging
  /// Signing a checkpoint.
  case signing
  /// Making a network of real numbers of a quantized one.
  case dequantizing
  /// Taking a quantized network of another program as one of real numbers.
  case realNumbers
  /// Making batch norms a part of the convolutions before them, in an ONNX file.
  case folding
  /// Making a network of 8-bit integers of one of real numbers.
  case quantizing
  /// Giving a finished checkpoint names for its classes.
  case labelEditing

  // MARK: Data sets

  /// The text between the labels of an image that has several.
  case labelSeparator
  /// Answers for images whose classes are not known.
  case classifying

  // MARK: Training

  /// The parts that are trainable from the start: these, or others.
  case trainable(String?)
  /// The parts that become trainable later.
  case unfreezing
  /// The learning rate: this one, or another.
  case learningRate(Double?)
  /// The largest norm of the gradients.
  case clipping(Double)
  /// The epochs in which the learning rate grows.
  case warmup(Double)
  /// The number of images in a step.
  case batch
  /// Mixing of whole images by addition.
  case mixup
  /// Mixing of parts of images.
  case cutmix
  /// The weight of the images that have a class, where each class is answered for itself.
  case positiveWeight
  /// The question that a network answers, by its name.
  case answer(String)
  /// The number of unreadable images that are left out.
  case unreadableLimit
  /// A setting by its name in the recipe.
  case recipe(String)
  /// The file that a training writes.
  case output
  /// Going on with an interrupted training.
  case resuming
  /// Giving the state of an interrupted training up.
  case restarting

  public var description: String {
    switch self {
    case .preset(let name):
      "\(name.map { "the preset \($0)" } ?? "a preset") as ImportOptions.architecture"
    case .ownArchitecture: "an ImportOptions.architecture of your own"
    case .architecture: "ImportOptions.architecture"
    case .assumption(let text): "\(text) as ImportOptions.settings"
    case .presets: "Architecture.presets"
    case .architectureForm: "Architecture.json()"
    case .classes(let count): "ImportOptions.classes" + (count.map { " \($0)" } ?? "")
    case .labels: "ImportOptions.labels"
    case .preprocessing: "ImportOptions.preprocessing"
    case .stateDictKey(let key): "ImportOptions.stateDictKey" + (key.map { " '\($0)'" } ?? "")
    case .prefix(let prefix): "ImportOptions.prefix '\(prefix)'"
    case .rename(let old, let new): "ImportOptions.renamings from '\(old)' to '\(new)'"
    case .names(let names): "ExportNames.\(names)"
    case .base: "BaseSearch.files"
    case .merging: "CheckpointStack.writeComplete"
    case .signing: "CheckpointReader.rewrite"
    case .dequantizing: "Model.dequantized"
    case .realNumbers: "ImportOptions.dequantize"
    case .folding: "Model.exportONNX(to:folding:)"
    case .quantizing: "Quantizer"
    case .labelEditing: "ModelDescriptor.labels"
    case .labelSeparator: "LabelForm.several"
    case .classifying: "Classifier.classify"
    case .trainable(let parts): "TrainingOptions.selection" + (parts.map { " \($0)" } ?? "")
    case .unfreezing: "TrainingOptions.unfreezings"
    case .learningRate(let rate): "TrainingOptions.rates" + (rate.map { " \($0)" } ?? "")
    case .clipping(let norm): "TrainingOptions.clipping \(norm)"
    case .warmup(let epochs): "TrainingOptions.warmupEpochs \(epochs)"
    case .batch: "TrainingOptions.batch"
    case .mixup: "BatchMixing.mixup"
    case .cutmix: "BatchMixing.cutmix"
    case .positiveWeight: "TrainingOptions.positiveWeight"
    case .answer(let name): "Architecture.Answer.\(name)"
    case .unreadableLimit: "TrainingOptions.unreadableLimit"
    case .recipe(let name): "the setting '\(name)'"
    case .output: "TrainingJob.output"
    case .resuming: "TrainingJob.Resumption.resume"
    case .restarting: "TrainingJob.Resumption.restart"
    }
  }
}
