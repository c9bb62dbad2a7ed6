import CheckpointFormat
import Datasets
import ModelDescriptor
import ResNetModel

extension TrainingJob {
  /// True if the output is there already, and is that of a training with the same settings on as many images of the same classes.
  package var isComplete: Bool {
    guard isOutputOwn, let result = outputDescriptor else { return false }
    return result.recipe == recipe && result.labels == resultLabels
      && result.preprocessing == model.descriptor.preprocessing
      && result.metrics["train_images"] == Double(training.count)
      && (result.metrics["images"] == nil) == (validation == nil)
  }

  /// True if the output is there already, and a training of the same network made it, with whatever settings.
  package var isOutputOwn: Bool {
    guard let result = outputDescriptor else { return false }
    return result.origin.kind == .trained && result.origin.source == source
      && result.architecture == model.descriptor.architecture
  }

  private var outputDescriptor: ModelDescriptor? {
    try? CheckpointReader(path: output).index.modelDescriptor()
  }
}
