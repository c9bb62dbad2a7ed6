import Messages

/// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` that says what an option is and must be, unless it holds.
func require(
  _ holds: Bool, _ option: String, _ value: some CustomStringConvertible, _ wanted: String
) throws(TrainingError) {
  guard holds else { throw TrainingError(.options, "\(option) is \(value); it must be \(wanted)") }
}
