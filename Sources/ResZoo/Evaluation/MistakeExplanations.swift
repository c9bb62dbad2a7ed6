import ImageInput
package import ResNetModel

/// Drawings of what an evaluation's most confident mistakes rest on: maps of the answers that were given, over their images.
package struct MistakeExplanations: Sendable {
  /// A PNG file for each mistake; nil for one that cannot be drawn.
  let drawings: [[UInt8]?]
  /// The meaning of the drawings, for a person who never saw one.
  let meaning: String

  /// Draws the answers to all mistakes: the class map where the network has one, which costs a forward pass each, else HiResCAM.
  ///
  /// - Parameters:
  ///   - model: the network that was evaluated.
  ///   - options: threads, and the use of EXIF.
  /// - Throws: ``ExplanationError``.
  package init(
    of evaluation: Evaluation, by model: Model, options: Classifier.Options
  ) throws(ExplanationError) {
    var method = ExplanationMethod.classMap
    do { try ClassMap.requireLinearHead(model.graph) } catch { method = .hiResCAM }
    let explainer = try Explainer(
      model,
      options: Explainer.Options(
        method: method, threads: options.threads, ignoresExif: options.ignoresExif))
    drawings = evaluation.mistakes.map { mistake in
      guard let explanation = try? explainer.explain(mistake.source, [mistake.answer]),
        let map = explanation.maps.first
      else { return nil }
      return try? HeatImage(map, over: explanation.image, besideImage: false).png()
    }
    meaning = """
      Below each image: what the network saw under colours, from dark violet for places that did nothing for the wrong answer to yellow for \
      the place that did most. \(method.meaning)
      """
  }
}
