import ArgumentParser
import ResZoo

/// The options for the question that a network learns to answer.
struct AnswerArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The network's answer: one class, several at once (a manifest then names any number for each image), or yes or no \
      (default: one; train: that of --descriptor or --from).
      """, valueName: "one|several|binary"))
  var answer: Architecture.Answer?

  @Option(
    help: ArgumentHelp("For several: the text between labels in a manifest (default: |).", valueName: "text"))
  var labelSeparator: String?

  @Option(
    help: ArgumentHelp(
      "For binary: the class that yes stands for (default: 'yes', 'true', 'positive' or '1').",
      valueName: "class"))
  var positive: String?

  func validate() throws {
    if let labelSeparator, labelSeparator.isEmpty {
      throw ValidationError("--label-separator is empty; it is the text between two labels.")
    }
  }

  /// The question, and the reading of a data set for it.
  ///
  /// - Parameters:
  ///   - own: that of the network without options.
  ///   - label: the name of the class that the network affirms.
  func question(own: Architecture.Answer = .one, label: String? = nil) throws(Failure) -> Question {
    let answer = answer ?? own
    guard labelSeparator == nil || answer == .several else {
      throw Failure(.usage, "--label-separator is for --answer several")
    }
    guard positive == nil || answer == .binary else {
      throw Failure(.usage, "--positive is for --answer binary")
    }
    return Question(answer: answer, separator: labelSeparator, positive: positive ?? label)
  }
}

/// A question that a network answers, and the reading of a data set for it.
struct Question {
  var answer = Architecture.Answer.one
  var separator: String?
  var positive: String?

  /// Opens a data set so that its classes are those that the answer needs.
  func set(path: String, for purpose: ImageSet.Purpose) throws -> ImageSet {
    let set = try ImageSet(
      path: path, for: purpose, labels: answer == .several ? .several(separator: separator) : .one)
    return answer == .binary ? try set.answeringYesOrNo(label: positive) : set
  }

  /// The members of a recipe that say it.
  func remarks(_ labels: [String]) -> [String: String] {
    var remarks: [String: String] = [:]
    if answer != .one { remarks["answer"] = answer.rawValue }
    remarks["label-separator"] = separator
    if answer == .binary { remarks["positive"] = labels.last }
    return remarks
  }
}
