import ArgumentParser
import ResZoo

/// The option of commands that make a checkpoint, to record a golden trace in it.
struct TraceOption: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Record the logits for the input of this seed, for 'verify --run' (default: none).", valueName: "seed")
  )
  var trace: UInt64?

  /// The model with the trace that was asked for; as it is when none was.
  func recorded(in model: Model, path: String) throws(Failure) -> Model {
    guard let trace else { return model }
    return try reporting(path) {
      var descriptor = model.descriptor
      descriptor.trace = try GoldenTrace(of: model, seed: trace)
      return try Model(descriptor: descriptor, tensors: model.tensors)
    }
  }
}
