import Datasets
import ImageInput
import TensorCore

extension FeatureExtractor {
  /// The numbers of the vector that the node gives for each image.
  ///
  /// - Throws: ``SimilarityError`` with `notVectors` for maps.
  func embeddingWidth() throws(SimilarityError) -> Int {
    guard shape.count == 1, let width = shape.first, width > 0 else {
      throw SimilarityError(
        .notVectors, "'\(node)' gives maps, which are not compared; take the embedding, or pool them")
    }
    return width
  }

  /// Computes embeddings of length 1, as ``features(images:_:)``. One that is not finite is the error `notFinite`.
  func embeddings(of images: [ImageSource], _ body: (FeatureResult) throws -> Void) throws {
    try features(images: images) { result in
      let outcome = result.outcome.flatMap { features -> Result<Tensor, ImageError> in
        guard let unit = unitVector(features.floats) else {
          return .failure(
            ImageError(
              .notFinite,
              "its embedding has numbers that are infinite or not numbers; check the network's weights"))
        }
        return .success(Tensor(shape: features.shape, floats: unit))
      }
      try body(FeatureResult(input: result.input, outcome: outcome, image: result.image))
    }
  }
}
