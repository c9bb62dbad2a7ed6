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
    throw .unknownClass(text, near: nearLabels(text), classes: architecture.classes)
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

  /// Labels like a text, the likest first.
  private func nearLabels(_ text: String) -> [String] {
    let text = text.lowercased()
    guard !text.isEmpty, let labels else { return [] }
    let distances = labels.map { label -> Int in
      let label = label.lowercased()
      return label.contains(text) ? 0 : Self.distance(Array(label.utf8), Array(text.utf8))
    }
    let limit = max(2, text.utf8.count / 3)
    return labels.indices.filter { distances[$0] <= limit }
      .sorted { (distances[$0], $0) < (distances[$1], $1) }.prefix(5).map { labels[$0] }
  }

  /// The least number of bytes to change, add or remove between two texts (Levenshtein).
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for (line, byte) in a.enumerated() {
      var corner = row[0]
      row[0] = line + 1
      for column in b.indices {
        let changed = corner + (byte == b[column] ? 0 : 1)
        corner = row[column + 1]
        row[column + 1] = min(changed, row[column] + 1, corner + 1)
      }
    }
    return row[b.count]
  }
}
