import Messages
import ModelDescriptor

/// The choice among several networks in one source.
struct NetworkChoice {
  let candidates: [NetworkCandidate]

  init(_ candidates: [NetworkCandidate]) { self.candidates = candidates }

  enum Decision {
    case none
    case one(NetworkCandidate)
    case several(Remark)
  }

  /// The better-known one: that of plain names, the one that others are copies of, a student unless its teacher is an average of it, the
  /// one with a classifier.
  var made: Decision {
    var rest = candidates
    if let plain = rest.first(where: { $0.prefix.isEmpty }) { return .one(plain) }
    narrow(&rest) { !NameWords.isCopy($0.prefix) }
    let teachers = rest.filter { NameWords.has("teacher", in: $0.prefix) }
    let students = rest.filter { NameWords.has("student", in: $0.prefix) }
    if let teacher = teachers.first, let student = students.first {
      // A teacher of the same kind is the student's average, and better.
      let isAverage = teacher.reading?.architecture.stages == student.reading?.architecture.stages
      narrow(&rest) { !NameWords.has(isAverage ? "student" : "teacher", in: $0.prefix) }
    }
    narrow(&rest) {
      switch $0.head {
      case .own, .elsewhere: true
      case .missing, .none: false
      }
    }
    guard rest.count > 1 else { return rest.first.map { .one($0) } ?? .none }
    let names = rest.map { "'\($0.prefix.printable)'" }.joined(separator: ", ")
    return .several(
      "there are \(rest.count) networks, under \(names): choose one with \(Remedy.prefix(rest[0].prefix.printable))"
    )
  }

  /// Keeps only those that a condition holds for, if there are any.
  private func narrow(_ rest: inout [NetworkCandidate], _ isKept: (NetworkCandidate) -> Bool) {
    let kept = rest.filter(isKept)
    if !kept.isEmpty { rest = kept }
  }
}
