import Messages

/// Does a part of a command's work, and turns the errors of the libraries into failures.
///
/// - Parameters:
///   - input: the file that is read, for errors that do not name one.
///   - output: the file that is written, for errors of writing.
func reporting<Value>(
  _ input: String? = nil, output: String? = nil, _ work: () throws -> Value
) throws(Failure) -> Value {
  do {
    return try work()
  } catch {
    throw Failure(error, input: input, output: output)
  }
}

extension Failure {
  /// An error of a library, with the file that it is about.
  init(_ error: any Error, input: String? = nil, output: String? = nil) {
    if let input, let other = Failure(inPlaceOfCheckpoint: input, error) {
      self = other
      return
    }
    func message(_ text: Remark, about path: String?) -> Remark { path.map { "\($0): \(text)" } ?? text }
    if let other = Failure(replacingInput: error, output: output) {
      self = other
      return
    }
    switch error {
    case let failure as Failure: self = failure
    case let error as any Reportable:
      let reason = error.reason(.writing)
      let isOfOutput = output != nil && (input == nil || reason == .cannotCreate || reason == .writing)
      self.init(
        isOfOutput ? reason : error.reason(.reading),
        message(error.text, about: error.namesFile ? nil : isOfOutput ? output : input))
    default: self.init(.data, message("\(error)", about: input ?? output))
    }
  }
}
