import Files
import Messages
import ModelDescriptor
import TensorCore
import Training

/// The folder beside a study's output in which the trained networks stay: `OUTPUT.training`.
///
/// It has the recipe, `recipe.json`, and for each network and seed the checkpoint `NAME-seedN.rzoo`, the record of its epochs
/// `NAME-seedN.json`, and while it trains its state. All of them appear whole or not at all.
struct StudyFolder {
  let path: String

  private static let recipeName = "recipe.json"
  private static let byteLimit = 1 << 26

  /// The folder for a study's output.
  init(output: String) {
    var output = output
    while output.utf8.count > 1, output.hasSuffix("/") { output.removeLast() }
    path = output + ".training"
  }

  /// The settings and the images that all networks in the folder were trained with.
  struct Recipe: Hashable, Codable {
    var format = Self.kind
    var version = 1
    /// The settings by the names of the command line's options.
    var settings: [String: String]
    /// The fingerprint of the images.
    var data: String
    /// The digest of the images' bytes; nil for more of them than are read.
    var contents: String?
    /// The trainings that studies began in the folder, each `NAME-seedN`; nil where an earlier version wrote the recipe.
    var trainings: [String]?

    static let kind = "reszoo study training"

    init(settings: [String: String], data: String, contents: String?) {
      self.settings = settings
      self.data = data
      self.contents = contents
    }
  }

  /// Makes the folder, or takes the one that is there.
  ///
  /// - Parameters:
  ///   - trainings: the trainings of the study, each `NAME-seedN`.
  ///   - restarts: true to discard what was trained by another recipe, or by the same.
  /// - Returns: the lock that keeps other studies away.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/state`` for a folder of another recipe or of something else, with
  ///   ``TrainingError/Code/busy`` when another study trains in it; ``FileError``.
  func open(for recipe: Recipe, trainings: [String], restarts: Bool) throws -> FileLock {
    let isNew = !isThere(path)
    try makeFolders(path)
    let entries = FolderListing.entries(of: path) ?? []
    guard belongsToUser(path) else {
      throw TrainingError(
        .state,
        "\(path): belongs to another user, who may change what is trained there; name another \(Remedy.output)"
      )
    }
    let isForeign = !entries.contains(Self.recipeName) && entries.contains { $0.contains("-seed") }
    guard isNew || entries.allSatisfy(Self.isOwn) && !isForeign else {
      throw TrainingError(
        .state,
        "\(path): holds other files than a study's, and the trained networks go there; move it away, or name another \(Remedy.output)"
      )
    }
    guard let lock = try FileLock.ifFree(path: path + "/.lock") else {
      throw TrainingError(
        .busy,
        "\(path): another study trains its networks there now; wait until it has finished, or name another \(Remedy.output)"
      )
    }
    let before = try read(Recipe.self, from: Self.recipeName)
    var recipe = recipe
    recipe.trainings = Set(trainings).sorted()
    if restarts {
      try discard(entries, of: before, trainings)
    } else if let before {
      try before.requireSame(as: recipe, path: path)
      recipe.trainings = Set(trainings + (before.trainings ?? [])).sorted()
      guard recipe.trainings != before.trainings else { return lock }
      recipe.contents = before.contents
    }
    try write(recipe, to: Self.recipeName)
    return lock
  }

  /// Removes what earlier studies trained in the folder, if it holds nothing else.
  private func discard(_ entries: [String], of before: Recipe?, _ trainings: [String]) throws {
    let own = entries.filter {
      $0 != ".lock" && !StaleTemporaries.isTemporary($0) && $0 != Self.recipeName
    }
    let records = own.filter { $0.hasSuffix(".json") }
    let sound = records.filter { name in
      guard let run = try? read(StudyRun.self, from: name) else { return false }
      return name == "\(StudyNetwork.fileName(of: run.network))-seed\(run.seed).json"
    }
    let known = Set(
      trainings + (before?.trainings ?? []) + sound.map { String($0.dropLast(".json".count)) })
    let foreign = own.first { name in
      name.hasSuffix(".json") ? !sound.contains(name) : !known.contains(Self.training(of: name) ?? "")
    }
    guard foreign == nil, before?.format ?? Recipe.kind == Recipe.kind else {
      throw TrainingError(
        .state,
        "\(path)/\(foreign ?? Self.recipeName): is none of the files that studies have trained there, and would be lost; move it away, or name another \(Remedy.output)"
      )
    }
    StaleTemporaries.remove(from: path)
    for name in entries where name != ".lock" && !StaleTemporaries.isTemporary(name) {
      removeFile(path + "/" + name)
    }
  }

  /// The training that a file belongs to by its name; nil of other names.
  private static func training(of name: String) -> String? {
    [".rzoo.training.lock", ".rzoo.training", ".rzoo", ".json"].first(where: name.hasSuffix).map {
      String(name.dropLast($0.count))
    }
  }

  static let advice: Remark =
    "Name another \(Remedy.output), or begin again with \(Remedy.restarting), which discards the trained networks"

  /// The path of a trained network.
  func checkpoint(of network: StudyNetwork, seed: UInt64) -> String {
    "\(path)/\(network.fileName)-seed\(seed).rzoo"
  }

  /// The record of a finished training; nil where there is none.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/state`` for a damaged record, or one of another network of the name.
  func run(of network: StudyNetwork, as expected: StudyRun) throws -> StudyRun? {
    let name = recordName(network, expected.seed)
    guard let run = try read(StudyRun.self, from: name) else { return nil }
    guard run.isSound else {
      throw Self.damaged("\(path)/\(name)", "its numbers are none that a training has")
    }
    guard run.isSameTraining(as: expected) else {
      throw TrainingError(
        .state,
        "\(path)/\(name): is of another network named '\(network.name)'. Give the network another name. \(Self.advice)"
      )
    }
    return run
  }

  /// Writes the record of a finished training.
  func write(_ run: StudyRun, of network: StudyNetwork) throws {
    try write(run, to: recordName(network, run.seed))
  }

  private func recordName(_ network: StudyNetwork, _ seed: UInt64) -> String {
    "\(network.fileName)-seed\(seed).json"
  }

  /// True for the name of a file that a study, or its trainer, writes.
  private static func isOwn(_ name: String) -> Bool {
    if name == recipeName || name == ".lock" || StaleTemporaries.isTemporary(name) { return true }
    return [".rzoo", ".json", ".rzoo.training", ".rzoo.training.lock"].contains { suffix in
      guard name.hasSuffix(suffix) else { return false }
      let parts = name.dropLast(suffix.count).split(separator: "-seed", omittingEmptySubsequences: false)
      return parts.count > 1 && parts.last.map { UInt64($0) != nil } ?? false
    }
  }

  private func read<Value: Decodable>(_ type: Value.Type, from name: String) throws -> Value? {
    let path = path + "/" + name
    guard isThere(path) else { return nil }
    let bytes = try InputFile(path: path).readAll(limit: Self.byteLimit)
    do {
      return try JSON.decode(type, from: bytes)
    } catch {
      throw Self.damaged(path, "\(error)")
    }
  }

  private func write(_ value: some Encodable, to name: String) throws {
    let file = try AtomicFile(path: path + "/" + name)
    try file.append((try JSON.encodeShown(value) + [0x0A]).rawBytes)
    try file.commit()
  }

  private static func damaged(_ path: String, _ reason: String) -> TrainingError {
    TrainingError(
      .state, "\(path): cannot be used: \(reason). Remove it to train that network again")
  }
}

extension StudyFolder.Recipe {
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/state`` that names the differences.
  func requireSame(as other: Self, path: String) throws(TrainingError) {
    guard format == Self.kind, version == 1 else {
      throw TrainingError(.state, "\(path): a newer version wrote it. \(StudyFolder.advice)")
    }
    let names = Set(settings.keys).union(other.settings.keys).sorted()
    let differences = names.filter { settings[$0] != other.settings[$0] }
    guard differences.isEmpty else {
      var list = Remark("")
      for name in differences {
        let (before, now) = (settings[name] ?? "not given", other.settings[name] ?? "not given")
        list += "\(name == differences[0] ? "" : "; ")\(Remedy.recipe(name)) was \(before) and is \(now)"
      }
      throw TrainingError(
        .state, "\(path): holds networks that were trained by another recipe: \(list). \(StudyFolder.advice)")
    }
    let haveSameBytes = contents == nil || other.contents == nil || contents == other.contents
    guard data == other.data, haveSameBytes else {
      throw TrainingError(
        .state,
        "\(path): holds networks that were trained on other images: some were added, removed, renamed or changed. \(StudyFolder.advice)"
      )
    }
  }
}
