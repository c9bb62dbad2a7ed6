/// The order of names that people mean: numbers count as numbers.
enum NaturalOrder {
  /// A name's texts and numbers by turns, beginning with a text.
  static func key(_ name: Substring) -> [Part] {
    var parts: [Part] = []
    var rest = name
    while !rest.isEmpty {
      let isDigit = rest.first?.isNumber == true
      let run = rest.prefix { $0.isNumber == isDigit }
      parts.append(Int(run).map { .number($0) } ?? .text(run))
      rest = rest.dropFirst(run.count)
    }
    return parts
  }

  enum Part: Equatable, Comparable {
    case number(Int)
    case text(Substring)
  }

  static func precedes(_ a: Substring, _ b: Substring) -> Bool {
    key(a).lexicographicallyPrecedes(key(b))
  }

  static func precedes(_ a: [Substring], _ b: [Substring]) -> Bool {
    for (left, right) in zip(a, b) where left != right { return precedes(left, right) }
    return a.count < b.count
  }

  /// The difference of the numbers in which two names differ; nil unless they differ in one number alone.
  static func step(from a: [Substring], to b: [Substring]) -> Int? {
    guard isNumbered(a, b) else { return nil }
    var steps: [Int] = []
    for (left, right) in zip(a, b) where left != right {
      for case (.number(let from), .number(let to)) in zip(key(left), key(right)) where from != to {
        let (difference, overflow) = to.subtractingReportingOverflow(from)
        guard !overflow else { return nil }
        steps.append(difference)
      }
    }
    return steps.count == 1 ? steps[0] : nil
  }

  /// True if two names differ in numbers alone, so that their order means something.
  static func isNumbered(_ a: [Substring], _ b: [Substring]) -> Bool {
    guard a.count == b.count else { return false }
    return zip(a, b).allSatisfy { left, right in
      let (left, right) = (key(left), key(right))
      return left.count == right.count
        && zip(left, right).allSatisfy { pair in
          switch pair {
          case (.number, .number): true
          case (.text(let a), .text(let b)): a == b
          default: false
          }
        }
    }
  }
}
