import ImageInput
import ModelDescriptor
import ResZoo
import Serving

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension RESTService {
  /// Where in an image the network saw what an answer rests on: `?class=LABEL|N`, the likeliest without it; with `?overlay=viridis` the image
  /// under colours too.
  func explain(_ model: ServedModel, _ request: RESTRequest) async throws -> RESTResponse {
    var wanted = InferenceRequest(.images([try body(of: request)]))
    wanted.explained = .likeliest
    let query = request.query
    if let text = query["class"] {
      do {
        wanted.explained = .answer(try model.descriptor.explainedAnswer(named: text))
      } catch {
        throw ServingError(.invalid, "\(error)")
      }
    }
    var colours: HeatColours?
    if let text = query["overlay"] {
      colours = HeatColours(rawValue: text)
      guard colours != nil else {
        throw ServingError(
          .invalid,
          "overlay must be one of \(HeatColours.allCases.map(\.rawValue).joined(separator: ", "))")
      }
    }
    guard let row = try await repository.engine.answer(wanted, of: model).rows.first else {
      throw ServingError(.failed, "there is no answer")
    }
    switch row {
    case .failure(let error): throw ServingError(.invalid, error.message)
    case .success(let row):
      guard let explained = row.explained else {
        throw ServingError(.failed, "the answer was not explained")
      }
      return try .json(ExplanationReply(explained.map, over: explained.image, colours: colours, of: model))
    }
  }
}

/// A map as JSON.
private struct ExplanationReply: Encodable {
  let label: String?
  let index: Int
  /// True for the answer no of a network that answers yes or no.
  let no: Bool?
  /// The explained number: the logit, of a no with the other sign.
  let value: Double
  /// False if no number of the map is above 0.
  let evidence: Bool
  /// Rows and columns of the map.
  let shape: [Int]
  /// The map's rows, from the top.
  let map: [[Float]]
  /// The bias, which is added to the sum of the places.
  let bias: Double
  /// The sum of all places and the bias.
  let sum: Double
  /// A PNG file in base64.
  let overlay: String?

  init(
    _ explanation: Explanation, over image: PreparedImage, colours: HeatColours?, of model: ServedModel
  ) throws(ServingError) {
    let answer = explanation.answer
    label = model.descriptor.labels?[answer.index]
    index = answer.index
    no = answer.isNo ? true : nil
    value = explanation.value
    evidence = explanation.hasEvidence
    shape = [explanation.height, explanation.width]
    let (values, width) = (explanation.map.floats, explanation.width)
    map = (0..<explanation.height).map { row in (0..<width).map { values[row * width + $0] } }
    bias = explanation.check?.addend ?? 0
    sum = explanation.check?.found ?? 0
    do {
      overlay = try colours.map { colours throws(ImageError) in
        try Data(HeatImage(explanation, over: image, colours: colours, besideImage: false).png())
          .base64EncodedString()
      }
    } catch {
      throw ServingError(.failed, "the overlay could not be drawn: \(error.message)")
    }
  }
}
