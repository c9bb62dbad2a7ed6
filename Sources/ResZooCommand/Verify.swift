import ArgumentParser
import ResZoo

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check that checkpoints are sound.",
    discussion: """
      Every checksum is compared, every tensor decoded, the content root computed anew, and the tensors are held against
      the architecture. The exit code is 0 only when all files are sound.

      EXAMPLE
        reszoo verify models/*.rzoo
      """)

  @Argument(help: "Checkpoints (.rzoo).")
  var files: [String]

  func run() throws {
    let sink = try Output(path: nil)
    var failures: [Failure] = []
    for file in files {
      do throws(Failure) {
        let model = try verify(file)
        let name = model.graph.architecture.name ?? "custom architecture"
        try sink.write("\(file): sound, \(name), \(model.graph.parameterCount.grouped) parameters\n")
      } catch {
        error.report()
        failures.append(error)
      }
    }
    try sink.finish()
    if let first = failures.first {
      throw files.count == 1
        ? Failure(silent: first)
        : Failure(.partial, "\(failures.count) of \(files.count) files are not sound")
    }
  }

  private func verify(_ file: String) throws(Failure) -> Model {
    let path = try ModelOperand.path(of: file)
    do {
      try CheckpointReader(path: path).verify()
    } catch {
      throw Failure(error, path: path)
    }
    return try loadModel(path)
  }
}
