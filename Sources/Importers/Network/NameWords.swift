import TensorCore

/// The meaning of words in the names of tensors and modules beside a network.
enum NameWords {
  /// Words for classifiers.
  private static let classifiers: Set<String> = [
    "fc", "head", "classifier", "linear", "last_linear", "logits", "predictions", "cls", "cls_head", "fc_cls",
    "classification_head", "output", "output_layer", "fully_connected", "final", "final_layer",
  ]
  /// Words for layers behind the features that are no classifier: those of self-supervised and metric learning.
  private static let projections = [
    "proj", "predictor", "prototype", "embed", "mlp_head", "contrastive", "simclr", "rotation", "jigsaw",
    "domain", "discriminator", "decoder", "aux", "arc", "margin", "rpn", "roi", "bbox", "fpn",
  ]
  /// Words that show that features were learned without labels.
  private static let selfSupervision: Set<String> = [
    "queue", "queue_ptr", "encoder_q", "encoder_k", "base_encoder", "momentum_encoder", "online_encoder",
    "target_encoder", "online_network", "target_network", "momentum_backbone", "momentum_projector",
    "projector", "predictor", "projection_head", "proj_head", "projection_mlp", "prediction_mlp",
  ]
  /// Words for things of training that compute nothing of the network's answer.
  private static let training = [
    "loss", "criterion", "metric", "accuracy", "auroc", "confusion", "confmat", "queue", "n_averaged",
    "global_step", "epoch", "iteration", "class_weight", "pos_weight", "optimizer", "scheduler", "momentum",
    "teacher", "prototype", "projector", "projection", "predictor", "auxiliary", "memory_bank",
  ]
  /// Such words that are too short to be looked for within others.
  private static let shortTraining: Set<String> = [
    "ema", "swa", "acc", "step", "steps", "count", "counter", "num_updates", "aux", "ce", "bce",
  ]
  /// Words of the copy that trails or guides another network of the same kind.
  private static let copies: Set<String> = [
    "encoder_k", "momentum_encoder", "momentum_backbone", "target_encoder", "target_network", "target_net",
    "target",
    "key_encoder", "key", "model_ema", "ema_model", "ema", "averaged", "swa_model", "average", "shadow",
    "attacker",
    "old_model", "prev_model", "ref_model", "reference",
  ]

  /// True if a layer of that path is named as classifiers are.
  static func isClassifier(_ path: String) -> Bool {
    guard let last = words(path).last(where: { Int($0) == nil }) else { return false }
    return classifiers.contains(last) && !isProjection(path)
  }

  /// True if a tensor is named as a classifier behind embedded features is.
  static func readsOutputs(_ name: String) -> Bool {
    words(name).contains { word in
      classifiers.contains(word) || ["margin", "arc"].contains { word.contains($0) }
    }
  }

  /// True if a layer of that path is named as something else behind a network's features.
  static func isProjection(_ path: String) -> Bool {
    words(path).contains { word in projections.contains { word.contains($0) } }
  }

  /// The word among names that shows self-supervised learning; nil when there is none.
  static func selfSupervised(_ names: some Sequence<String>) -> String? {
    for name in names {
      if let word = words(name).first(where: selfSupervision.contains) { return word }
    }
    return nil
  }

  /// True if a tensor is named as things of training are.
  static func isOfTraining(_ name: String) -> Bool {
    words(name).contains { word in
      shortTraining.contains(word) || training.contains { word.contains($0) }
        || word.split(separator: "_").contains { shortTraining.contains(String($0)) }
    }
  }

  /// True if a path leads to the copy of another network.
  static func isCopy(_ path: String) -> Bool { words(path).contains { copies.contains($0) } }

  /// True if the path has the word as a component.
  static func has(_ word: String, in path: String) -> Bool { words(path).contains(word) }

  private static func words(_ path: String) -> [String] {
    path.lowercased().split(separator: ".").map(String.init)
  }
}
