import ResZoo

/// The images to train on and to validate with.
struct TrainingData {
  var training: ImageSet
  var validation: ImageSet?

  /// - Parameter share: of each class, kept back to validate with; 0 for none.
  init(dataset: String, validation path: String?, share: Double, seed: UInt64) throws(Failure) {
    let all = try reporting { try ImageSet(path: dataset) }
    Terminal.note(all.leftOut)
    (training, validation) = try reporting {
      if let path {
        return (all, try ImageSet(path: path, for: .evaluation).relabelled(all.labels, of: dataset))
      }
      guard share > 0 else { return (all, nil) }
      let parts = try all.split(validationShare: share, seed: seed)
      return (parts.training, parts.validation)
    }
  }

  /// The classes numbered as a network numbers them.
  ///
  /// - Parameter path: the network's, for errors.
  mutating func relabel(_ labels: [String], of path: String) throws(Failure) {
    let (training, validation) = (training, validation)
    (self.training, self.validation) = try reporting {
      (try training.relabelled(labels, of: path), try validation?.relabelled(labels, of: path))
    }
  }
}
