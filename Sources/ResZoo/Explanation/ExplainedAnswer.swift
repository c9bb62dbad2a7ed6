import Messages
package import ModelDescriptor
import Training

/// The number that is explained: the logit of a class, or the difference of two.
public struct ExplainedAnswer: Hashable, Sendable {
  /// The position of the class among the logits.
  public let index: Int
  /// True for the answer no, to a class or of a yes/no network: the logit counts with the other sign.
  public let isNo: Bool
  /// The class whose logit is subtracted; nil for none.
  public let other: Int?

  /// The answer of a class.
  ///
  /// - Parameters:
  ///   - index: the position of the class among the logits.
  ///   - isNo: true for the answer no, to the class or of a yes/no network.
  ///   - other: the class that it is compared with.
  public init(_ index: Int, isNo: Bool = false, comparedWith other: Int? = nil) {
    self.index = index
    self.isNo = isNo
    self.other = other
  }

  /// Takes the likeliest class, apart from the one that it is compared with.
  init(likeliestOf logits: [Float], answer: Architecture.Answer, comparedWith other: Int?) {
    let best = logits.indices.filter { $0 != other }.max { logits[$0] < logits[$1] } ?? 0
    self.init(best, isNo: answer == .binary && (logits.first ?? 0) < 0, comparedWith: other)
  }

  /// The factors of the logits.
  var direction: GradientNetwork.Direction {
    var direction: GradientNetwork.Direction = [(logit: index, factor: isNo ? -1 : 1)]
    if let other { direction.append((logit: other, factor: -1)) }
    return direction
  }

  /// The number that is explained.
  func value(of logits: [Float]) -> Double {
    direction.reduce(0) { $0 + Double($1.factor) * Double(logits[$1.logit]) }
  }

  /// The name of the explained number, for people.
  package var valueName: String { other == nil ? "score" : "difference of the scores" }

  /// The name of the answer.
  package func name(in descriptor: ModelDescriptor) -> String {
    func name(_ index: Int) -> String { descriptor.labels?[index] ?? "class \(index)" }
    return (isNo ? "not " : "") + name(index) + (other.map { " rather than " + name($0) } ?? "")
  }
}

extension ModelDescriptor {
  /// The answer that a text names: a class's label, or its number; `yes` or `no` of a network that answers so.
  ///
  /// - Throws: ``ExplanationError`` for a text that names no class, or several.
  package func explainedAnswer(named text: String) throws(ExplanationError) -> ExplainedAnswer {
    let named = (labels ?? []).indices.filter { labels?[$0] == text }
    if named.count == 1 { return ExplainedAnswer(named[0]) }
    guard named.isEmpty else { throw .ambiguousClass(text, classes: named) }
    if architecture.answer == .binary, text == "yes" || text == "no" {
      return ExplainedAnswer(0, isNo: text == "no")
    }
    if let index = Int(text) {
      guard (0..<architecture.classes).contains(index) else {
        throw .classOutOfRange(index, classes: architecture.classes)
      }
      return ExplainedAnswer(index)
    }
    throw .unknownClass(
      text, near: nearLabels(text), first: Array((labels ?? []).prefix(10)), classes: architecture.classes)
  }

  /// The answers that a text names: one label, or labels and numbers with commas between them.
  package func explainedAnswers(named text: String) throws(ExplanationError) -> [ExplainedAnswer] {
    if labels?.contains(text) == true { return [try explainedAnswer(named: text)] }
    var answers: [ExplainedAnswer] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let trimmed = part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
      answers.append(try explainedAnswer(named: String(trimmed)))
    }
    return answers
  }

  /// The position of a class that another one is compared with.
  package func comparedClass(named text: String) throws(ExplanationError) -> Int {
    guard architecture.answer != .binary else {
      throw .comparison("the network answers yes or no, so that there is no other class to compare with")
    }
    return try explainedAnswer(named: text).index
  }

  /// Labels that a text is a part or a misspelling of.
  private func nearLabels(_ text: String) -> [String] {
    guard !text.isEmpty, let labels else { return [] }
    let part = text.lowercased()
    let holding = labels.filter { $0.lowercased().contains(part) }
    return Array((holding.isEmpty ? closestNames(to: text, among: labels, atMost: 5) : holding).prefix(5))
  }
}
