import ArgumentParser
import ResZoo

/// The option of commands that make a checkpoint, to record a golden trace in it.
struct TraceOption: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Record the logits for the input of this seed, for 'verify --run'.", valueName: "seed")
  )
  var trace: UInt64?

  /// The model with the trace that was asked for; as it is when none was.
  func recorded(in model: Model, path: String) throws(Failure) -> Model {
    guard let trace else { return model }
    var descriptor = model.descriptor
    do {
      descriptor.trace = try GoldenTrace(of: model, seed: trace)
      return try Model(descriptor: descriptor, tensors: model.tensors)
    } catch let error as InferenceError {
      throw Failure(error, path: path)
    } catch let error as ModelError {
      throw Failure(error, path: path)
    } catch {
      throw Failure(.data, "\(path): \(error)")
    }
  }
}
