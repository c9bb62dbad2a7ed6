import ImageInput
import Metrics
import ModelDescriptor
package import Serving
import StrictJSON

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A request of the older protocol, version 1, as KServe and TensorFlow Serving have it: `POST /v1/models/NAME:predict` with
/// `{"instances": […]}`, where an image is its file in base64, `{"b64": "…"}`, also as a member of any name. Tensors are for version 2.
package struct PredictMessage: Hashable, Sendable {
  /// The image files.
  package var images: [[UInt8]]

  private static let limit = InferenceRequest.rowLimit

  /// Reads the body of a request.
  ///
  /// - Throws: ``ServingError`` of the code `invalid`.
  package init(body: [UInt8]) throws(ServingError) {
    var scanner = JSONScanner(body)
    var images: [[UInt8]]?
    do throws(JSONScanner.Fault) {
      try scanner.open(.object)
      var names: Set<String> = []
      while let name = try scanner.nextName(limit: 4096) {
        guard names.count < 100, names.insert(name).inserted else {
          throw scanner.fault("an object names a member twice, or has too many")
        }
        guard name == "instances" else {
          try scanner.skipValue()
          continue
        }
        var found: [[UInt8]] = []
        try scanner.open(.array)
        while try scanner.nextElement() {
          guard found.count < Self.limit else { throw scanner.fault("more than \(Self.limit) instances") }
          found.append(try Self.image(&scanner, level: 0))
        }
        images = found
      }
      try scanner.expectEnd()
    } catch {
      throw ServingError(.invalid, "the request is not the JSON that is read here: \(error)")
    }
    guard let images, !images.isEmpty else {
      throw ServingError(
        .invalid, "the request has no instances: {\"instances\": [{\"b64\": \"…\"}, …]} is read")
    }
    self.images = images
  }

  private static func image(
    _ scanner: inout JSONScanner, level: Int
  ) throws(JSONScanner.Fault) -> [UInt8] {
    guard level < 3 else { throw scanner.fault("an instance of more than three objects within each other") }
    try scanner.open(.object)
    guard let name = try scanner.nextName(limit: 4096) else {
      throw scanner.fault("an instance without an image: {\"b64\": \"…\"} must be here")
    }
    let image: [UInt8]
    if name == "b64" {
      let text = try scanner.string()
      guard let data = Data(base64Encoded: text) else { throw scanner.fault("a text that is not base64") }
      image = Array(data)
    } else {
      image = try self.image(&scanner, level: level + 1)
    }
    guard try scanner.nextName(limit: 4096) == nil else {
      throw scanner.fault("an instance of several members; an image alone is taken")
    }
    return image
  }

  /// The answer: for each image its probabilities, its logits and the likeliest class.
  package struct Reply: Encodable, Sendable {
    package struct Prediction: Encodable, Sendable {
      package var label: String?
      package var index: Int
      package var probabilities: [Double]
      package var logits: [Float]
    }

    package var predictions: [Prediction]

    /// - Throws: ``ServingError`` of the code `invalid` when an image has no answer.
    package init(_ answer: InferenceAnswer, of model: ServedModel) throws(ServingError) {
      predictions = []
      for (index, row) in answer.rows.enumerated() {
        switch row {
        case .success(let row):
          let best = row.scores.likeliest
          predictions.append(
            Prediction(
              label: model.descriptor.labels?[best], index: best, probabilities: row.probabilities,
              logits: row.logits))
        case .failure(let error): throw ServingError(.invalid, "instance \(index): \(error.message)")
        }
      }
    }
  }
}
