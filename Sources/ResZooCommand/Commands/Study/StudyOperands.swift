import Files
import ResZoo

/// The operands of a study: networks first, then what they run on.
enum StudyOperands {
  /// Divides operands behind the last network of those that come first.
  ///
  /// - Parameter others: the name of what follows.
  /// - Throws: ``Failure`` when either is missing, or a network stands behind the rest.
  static func split(
    _ operands: [String], _ others: String
  ) throws(Failure) -> (models: [String], places: [String]) {
    let count = operands.prefix(while: isModel).count
    if let late = operands[count...].first(where: { CheckpointReader.isCheckpoint(path: $0) }) {
      throw Failure(
        .usage, "\(late): is a checkpoint, and stands where \(others) are named; the networks come first")
    }
    guard count > 0 else {
      // Says what is wrong with the first one.
      _ = try loadIndex(operands[0])
      throw Failure(.usage, "\(operands[0]): is no checkpoint; the networks come first, then the \(others)")
    }
    guard count < operands.count else {
      throw Failure(.usage, "name \(others) after the networks: there are none")
    }
    return (Array(operands[..<count]), Array(operands[count...]))
  }

  /// Opens networks; each is named as its file, or by its whole path where two files have one name.
  static func subjects(
    _ models: [String], bases: BaseOptions, threads: Int
  ) throws(Failure) -> [StudySubject] {
    if let twice = models.indices.first(where: { models[..<$0].contains(models[$0]) }) {
      throw Failure(.usage, "\(models[twice]): is named twice")
    }
    let names = models.map { model in
      let name = model.lastPathPart
      return name.hasSuffix(".rzoo") ? String(name.dropLast(5)) : name
    }
    var subjects: [StudySubject] = []
    for (name, path) in zip(names, models) {
      let isUnique = names.count { $0 == name } == 1
      let model = try loadModel(path, bases: bases, threads: threads)
      subjects.append(StudySubject(name: isUnique ? name : path, model: model))
    }
    return subjects
  }

  /// True for a checkpoint, and for a name in the cache where no file has it.
  private static func isModel(_ operand: String) -> Bool {
    if CheckpointReader.isCheckpoint(path: operand) { return true }
    guard FileIdentity(path: operand) == nil else { return false }
    return operand.hasSuffix(".rzoo") || (try? ModelOperand.path(of: operand)).map { $0 != operand } ?? false
  }
}
