import ResZoo

extension Bench {
  /// Times whole training steps.
  func measureTraining(_ layers: String) throws(Failure) -> RunRecord {
    let network = try loadModel(model, bases: bases, threads: options.threads)
    let training: SyntheticTraining
    do {
      training = try SyntheticTraining(
        network, selection: LayerSelection(layers), size: size, batch: options.batchSize,
        threads: options.threads
      )
    } catch {
      throw Failure(error, path: model)
    }
    return record(arenaBytes: training.network.arenaByteCount) {
      milliseconds { _ = training.step() }
    }
  }
}
