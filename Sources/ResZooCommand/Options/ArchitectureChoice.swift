import ResZoo

/// The architecture that `--arch`, `--descriptor` and `--num-classes` ask for.
struct ArchitectureChoice {
  var arch: String?
  var descriptor: String?
  var classes: Int?
  /// The question that the network shall answer; nil for the architecture's own.
  var answer: Architecture.Answer?

  /// The architecture; nil when neither a name nor a file was given.
  func resolve() throws(Failure) -> Architecture? {
    if let arch {
      do {
        var architecture = try Architecture.preset(named: arch, classes: classes)
        if let answer { architecture.answer = answer }
        return architecture
      } catch {
        throw Failure(.usage, "\(error)")
      }
    }
    guard let descriptor else { return nil }
    var architecture = try Operand.architecture(descriptor)
    if let classes { architecture.classes = classes }
    if let answer { architecture.answer = answer }
    try reporting(descriptor) { [architecture] in try architecture.validate() }
    return architecture
  }

  /// An untrained network of the architecture.
  ///
  /// - Parameter path: the file that the labels come from; nil if they come from a data set.
  func untrainedModel(
    labels: [String]?, of path: String?, initialization: Model.Initialization = .kaiming,
    zeroInitLast: Bool = false, seed: UInt64
  ) throws(Failure) -> Model {
    guard let architecture = try resolve() else { throw Failure(.usage, "no architecture was named") }
    do {
      return try Model(
        untrained: architecture, labels: labels, initialization: initialization, zeroInitLast: zeroInitLast,
        seed: seed)
    } catch {
      if case .descriptor(let error) = error, let path, error.field.hasPrefix("labels") {
        throw Failure(.data, "\(path): \(error.message)")
      }
      if let arch { throw Failure(.usage, "\(arch): \(error)") }
      throw Failure(error, input: descriptor ?? "")
    }
  }
}
