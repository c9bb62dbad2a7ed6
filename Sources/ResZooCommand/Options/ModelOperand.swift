import Files
import ResZoo

/// A network on the command line: the path of a checkpoint, or the name of one in the user's cache.
enum ModelOperand {
  /// The checkpoint's path. A file of that name wins over the cache.
  ///
  /// - Throws: ``Failure`` that says how to fetch it, or which names are close.
  static func path(of operand: String) throws(Failure) -> String {
    guard isName(operand) else { return operand }
    guard FileIdentity(path: operand) == nil else {
      if try index().entry(named: operand) != nil {
        Terminal.warn(
          "\(operand): the file of this name is used, not the published network; './\(operand)' says so without this remark"
        )
      }
      return operand
    }
    let index = try index()
    guard let weights = index.entry(named: operand) else {
      let close = index.names(closeTo: operand)
      let hint =
        close.isEmpty ? "'reszoo pull --list' lists them" : "close to it: \(close.joined(separator: ", "))"
      throw Failure(
        .noInput,
        "\(operand): does not exist; check the path. No published network has this name either; \(hint)")
    }
    let isHere: Bool
    do { isHere = try ModelCache.ofUser.holds(weights) } catch { throw Failure(error, weights: weights) }
    guard isHere else {
      throw Failure(.noInput, "\(operand): is not in the cache; 'reszoo pull \(operand)' fetches it")
    }
    return ModelCache.ofUser.path(of: weights)
  }

  /// The list that names are looked up in: the program's own, or the one that the environment's `RESZOO_INDEX` leads to.
  static func index() throws(Failure) -> ModelIndex {
    guard let path = ownIndexPath else { return .own }
    let bytes = try Operand.bytes(path, limit: 16 << 20)
    return try reporting(path) { try ModelIndex(json: bytes) }
  }

  /// The entry of the user's own list for a file; nil without such a list.
  static func published(_ path: String) throws(Failure) -> PublishedWeights? {
    guard ownIndexPath != nil, let name = path.pathParts.last else { return nil }
    return try index().entry(file: name)
  }

  private static var ownIndexPath: String? { environment("RESZOO_INDEX") }

  /// True if an operand can be a name: one with folders or the ending of checkpoints is a path.
  private static func isName(_ operand: String) -> Bool {
    !operand.isEmpty && !operand.hasByte("/") && !operand.hasSuffix(".rzoo")
  }
}
