import Charts
import ModelDescriptor
import Reports

/// The page of a folder of explanations, which needs no other file.
struct ExplanationPage {
  private var page = ReportDocument(title: "Which parts of the image an answer rests on")
  private let explainer: Explainer
  private var shown = 0
  private var hidden = 0
  private var errors: [(String, String)] = []

  /// The most images that a page shows; the others are in the folder alone.
  private static let limit = 100

  init(_ explainer: Explainer, model: String, colours: HeatColours) {
    self.explainer = explainer
    let method = explainer.method
    page.addSummary(
      "\(method.title.firstUppercased) (\(method.paper)) of \(model)"
        + (explainer.node.map { ", at \($0)." } ?? "."))
    if explainer.descriptor.hasRandomAnswers {
      page.addNotice("The weights of the network, or of a part of it, are random, and so are these maps.")
    }
    if explainer.isDequantized {
      page.addNotice(
        """
        The network computes with 8-bit integers, which have no derivatives. The maps are those of the network of real numbers with the same \
        weights, whose scores differ a little.
        """)
    }
    page.addText(method.meaning)
    page.addText(
      """
      Left: the image as the network saw it. Right: the same image under colours, from no evidence to the most in this map. Every map has its \
      own scale: colours of two maps cannot be compared, their numbers can. A score is the network's output for a class before it becomes a \
      probability.
      """)
    if let scale = try? HeatImage.scale(of: colours) {
      page.addImage(png: scale, caption: "no evidence at the left, the most at the right")
    }
    page.addText(
      """
      A map is a hint, not a proof. It says where the network found what counted, not whether that was right, nor what would happen if it were \
      taken away. Look at several images, at the second class beside the first, and at images with a wrong answer, before you believe a \
      pattern.
      """)
  }

  mutating func addError(_ input: String, _ error: String) { errors.append((input, error)) }

  /// Begins the part of an image.
  mutating func add(_ input: String, _ explanation: ImageExplanation) {
    guard shown < Self.limit else {
      hidden += 1
      return
    }
    shown += 1
    page.addSection(input)
    page.addTable(
      ["class", "probability", "score"],
      explanation.top.map {
        [$0.name, NumberText.percent($0.probability), NumberText.fixed(Double($0.logit), decimals: 3)]
      }, texts: [0])
  }

  /// Adds a map of the image that was begun last.
  mutating func add(_ map: Explanation, png: [UInt8]) {
    guard hidden == 0 else { return }
    page.addPart(map.answer.name(in: explainer.descriptor))
    if !map.hasEvidence { page.addNotice(map.lackText) }
    page.addImage(
      png: png,
      caption:
        "\(map.answer.valueName) \(NumberText.fixed(map.value, decimals: 3)); \(map.height)×\(map.width) \(explainer.node == nil ? "pixels" : "places"); "
        + "numbers from \(NumberText.short(Double(map.minimum))) to \(NumberText.short(Double(map.maximum)))")
    if let check = map.check { page.addText(check.lines.joined(separator: "; ")) }
  }

  /// The whole page.
  func finished(facts: [(name: String, value: String)]) -> ReportDocument {
    var page = page
    if hidden > 0 {
      page.addNotice("\(NumberText.grouped(hidden)) more images are in the folder alone.")
    }
    if !errors.isEmpty {
      page.addSection("Images without a map")
      page.addTable(["image", "error"], errors.map { [$0.0, $0.1] }, texts: [0, 1])
    }
    page.addSection("How it was made")
    page.addTable(["", ""], facts.map { [$0.name, $0.value] }, texts: [0, 1])
    return page
  }
}

extension Explanation {
  /// A sentence on a map without evidence.
  package var lackText: String {
    maximum == 0 && minimum == 0
      ? "No evidence: nothing here changes this score."
      : "No evidence for this answer: all of the map speaks against it."
  }
}

extension Explanation.Check {
  /// The check in two short lines.
  package var lines: [String] {
    switch kind {
    case .logit:
      func text(_ number: Double) -> String { NumberText.fixed(number, decimals: 5) }
      return [
        "map sum \(text(found - addend)) + bias \(text(addend)) = \(text(found))",
        "the network gives \(text(expected)); difference \(NumberText.short(difference))",
      ]
    case .gain:
      func text(_ number: Double) -> String { NumberText.fixed(number, decimals: 4) }
      return [
        "map sum \(text(found)); the score gains \(text(expected)) over the baseline",
        "difference \(NumberText.fixed(100 * relativeDifference, decimals: 2)) % after \(steps) derivatives",
      ]
    }
  }
}

extension String {
  fileprivate var firstUppercased: String { prefix(1).uppercased() + dropFirst() }
}
