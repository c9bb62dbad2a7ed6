import Files
import ResZoo

extension Failure {
  /// An output that would replace a file which is open; nil where the error is another.
  init?(replacingInput error: any Error, output: String?) {
    let fault: FileError?
    switch error {
    case let error as FileError: fault = error
    case ExportError.file(let error): fault = error
    case let error as any Reportable where error.reason(.writing) == .cannotCreate: fault = nil
    default: return nil
    }
    guard fault.map({ $0.code == .exists }) ?? true, let output = fault?.path ?? output,
      let input = OpenInputs.path(replacedBy: output)
    else { return nil }
    self.init(output: output, wouldReplace: input)
  }

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
