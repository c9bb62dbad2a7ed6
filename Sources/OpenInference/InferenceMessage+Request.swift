import Messages
package import Serving

extension InferenceMessage {
  /// Compares the message with a model and makes the request of it that the engine takes.
  ///
  /// The parameters `priority` and `timeout` (in microseconds) are those of the extension *schedule policy*.
  ///
  /// - Throws: ``ServingError`` of the code `invalid`, with the values that do not fit.
  package func request(for model: ServedModel) throws(ServingError) -> InferenceRequest {
    try checkParameters()
    try checkOutputs()
    let expected =
      "the model takes '\(InputName.image)', BYTES of [rows], or '\(InputName.tensor)', FP32 of [rows, "
      + model.inputExtents.map(\.description).joined(separator: ", ") + "]"
    guard inputs.count == 1, let input = inputs.first else {
      throw ServingError(.invalid, "\(inputs.count) inputs; \(expected), and one of them at a time")
    }
    guard !input.shape.contains(0) else {
      throw ServingError(
        .invalid, "input '\(input.name.excerpt)' has the shape \(input.shape), which has no elements")
    }
    var elements = 1
    for extent in input.shape {
      let (product, overflow) = elements.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= 1 << 40 else {
        throw ServingError(
          .invalid, "input '\(input.name.excerpt)' has the shape \(input.shape), which is too large")
      }
      elements = product
    }
    guard elements == input.content.count else {
      throw ServingError(
        .invalid,
        "input '\(input.name.excerpt)' has the shape \(input.shape) and \(input.content.count) elements of data"
      )
    }
    var request: InferenceRequest
    switch (input.name, input.content) {
    case (InputName.image, .elements(let images))
    where input.datatype == "BYTES" && input.shape.count <= 2
      && input.shape.dropFirst().allSatisfy { $0 == 1 }:
      request = InferenceRequest(.images(images))
    case (InputName.tensor, .floats(let values))
    where input.datatype == "FP32" && input.shape.count == 4
      && input.shape.dropFirst().elementsEqual(model.inputExtents):
      request = InferenceRequest(.tensors(values, rows: input.shape[0]))
    default:
      throw ServingError(
        .invalid, "input '\(input.name.excerpt)' is \(input.datatype.excerpt) of \(input.shape); \(expected)")
    }
    if let priority = try count("priority") { request.priority = priority }
    if let timeout = try count("timeout"), timeout > 0 {
      request.deadline = .now + .microseconds(timeout)
    }
    return request
  }

  private func count(_ name: String) throws(ServingError) -> Int? {
    guard let value = parameters[name] else { return nil }
    guard case .integer(let count) = value, count >= 0, count <= 1 << 53 else {
      throw ServingError(.invalid, "the parameter \(name) must be a whole number from 0 up")
    }
    return count
  }

  /// Refuses what would ask for another answer than the one that is given.
  private func checkParameters() throws(ServingError) {
    for name in parameters.keys.sorted() {
      guard !name.hasPrefix("sequence_"), !name.hasPrefix("triton_") else {
        throw ServingError(.invalid, "the parameter \(name.excerpt) is not known here")
      }
    }
    for input in inputs {
      for name in input.parameters.keys.sorted() where name.hasPrefix("shared_memory") {
        throw ServingError(.invalid, "input '\(input.name.excerpt)': shared memory is not supported")
      }
    }
  }

  private func checkOutputs() throws(ServingError) {
    var names: Set<String> = []
    for wish in outputs ?? [] {
      guard OutputName(rawValue: wish.name) != nil else {
        throw ServingError(
          .invalid,
          "there is no output '\(wish.name.excerpt)'; there are \(OutputName.allCases.map { "'\($0.rawValue)'" }.joined(separator: " and "))"
        )
      }
      guard names.insert(wish.name).inserted else {
        throw ServingError(.invalid, "output '\(wish.name.excerpt)' is asked for twice")
      }
    }
  }
}
