import ResZoo

extension Failure {
  /// Weights of another program, or something else by its name, where a checkpoint must be; nil where the error says all there is
  /// to say.
  init?(inPlaceOfCheckpoint path: String, _ error: any Error) {
    let fault: CheckpointError
    switch error {
    case let error as CheckpointError: fault = error
    case ModelError.checkpoint(let error): fault = error
    default: return nil
    }
    guard fault.code == .badMagic || fault.code == .notARegularFile else { return nil }
    if let file = ForeignFile(path: path) {
      self.init(
        .data,
        "\(path): this is \(file.what), not a .rzoo file, and 'reszoo convert' does not read it; \(file.wayOut)"
      )
    } else if holdsWeights(path) {
      let kind = unusualKind(path).map { "is \($0), not a .rzoo file" } ?? "is not a .rzoo file"
      self.init(
        .data, "\(path): \(kind). Convert it first: reszoo convert \(path) --output NAME.rzoo")
    } else {
      return nil
    }
  }
}
