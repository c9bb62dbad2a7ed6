import Messages
import TensorCore
import WeightFiles

/// Opened weights, and all that is said about them before the caller's options are heard.
struct ImportSource {
  let weights: any WeightSource
  var claims: SourceClaims
  /// Sentences about anything that was noticed so far.
  var notes: [Remark]

  var path: String { weights.path }

  init(_ weights: any WeightSource, claims: SourceClaims) {
    self.weights = weights
    self.claims = claims
    notes = weights.notes
  }

  /// Asks the source about its weights.
  ///
  /// - Throws: ``ImportError`` for claims that cannot be read.
  init(_ weights: any WeightSource) throws(ImportError) {
    self.init(ParametrizedWeights(weights) ?? weights, claims: try SourceClaims(of: weights))
  }

  /// Begins to compute the SHA-256 of the file, which becomes part of the origin; nil for a source of several files, and for one that
  /// says itself where its weights come from.
  func fingerprint() -> Fingerprint? {
    guard !claims.hasStatedOrigin, let file = weights.wholeFile else { return nil }
    return Fingerprint(file, expectedPrefix: claims.digestPrefix)
  }

  /// Verifies the rest of the source after all tensors were read, and returns a sentence for each thing that was noticed.
  func finish() throws(ImportError) -> [Remark] {
    do { return try weights.finish().map(Remark.init(_:)) } catch { throw ImportError(error) }
  }

  /// The tensors as a report lists them.
  ///
  /// - Parameters:
  ///   - names: for each tensor the graph's name, nil where it is left out.
  ///   - reasons: the reasons for that, by the tensors' places.
  func inspectedTensors(names: [String?], reasons: [Int: String]) -> [InspectedTensor] {
    zip(names, weights.tensors).enumerated().map { index, pair in
      let (name, tensor) = pair
      return InspectedTensor(
        sourceName: tensor.name, name: name, shape: tensor.shape, type: tensor.type,
        byteCount: tensor.byteCount,
        skipped: name == nil ? reasons[index] ?? NameMap.reasonToSkip(tensor.name) : nil)
    }
  }
}
