import Messages
import ModelDescriptor
import PublishedModels

extension ImportSource {
  /// Lets the publisher's statements about the file fill the gaps in the file's own.
  mutating func adopt(_ published: PublishedWeights) {
    notes.append("published: \(published.source), under the licence \(published.license)")
    let evidence = "as published with \(published.source)"
    switch claims.architecture {
    case .record: break
    case .name, nil:
      // A file's name may tell less than the index: the variant that it begins with.
      claims.architecture = .name(published.architecture)
      claims.evidence = evidence
      claims.basis =
        "as in the preset \(published.architecture), for which \(published.framework) publishes the file"
    }
    if claims.preprocessing == nil {
      claims.preprocessing = .record(published.preprocessing)
      claims.preprocessingEvidence = evidence
    }
    if claims.labels == nil {
      claims.labels = published.labels.all
      claims.labelsEvidence = evidence
    }
    claims.metrics.merge(published.metrics) { own, _ in own }
    claims.origin.license = claims.origin.license ?? published.license
    // The file is the published one or is refused, and so is what it says of a file that it was made of.
    claims.origin.source = published.shownAddress
    claims.hasStatedOrigin = false
    claims.digestPrefix = published.sha256Prefix
  }
}
