import CheckpointFormat
import Datasets
import ModelDescriptor
import ResNetModel

extension TrainingJob {
  /// True if the output is there already, and is that of a training with the same settings on as many images of the same classes.
  package var isComplete: Bool {
    guard let reader = try? CheckpointReader(path: output),
      let result = try? reader.index.modelDescriptor()
    else { return false }
    let start = model.descriptor
    return result.origin.kind == .trained && result.origin.source == source && result.recipe == recipe
      && result.labels == resultLabels && result.architecture == start.architecture
      && result.preprocessing == start.preprocessing
      && result.metrics["train_images"] == Double(training.count)
      && (result.metrics["images"] == nil) == (validation == nil)
  }
}
