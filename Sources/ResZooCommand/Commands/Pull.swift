import ArgumentParser
import Files
import ResZoo

struct Pull: TalkingCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull",
    abstract: "Download published weights and convert them to checkpoints.",
    usage: "reszoo pull <names> ... [<options>]\nreszoo pull --list [<patterns> ...] [--json]",
    discussion: """
      The file is downloaded from its publisher, compared with its SHA-256, and converted into the user's cache; after that, \
      every command takes the name in place of a checkpoint. The next 'reszoo pull' continues a download that was interrupted. \
      The checkpoint's path is printed.

      Of some files only 32 bits of the SHA-256 are known ('reszoo pull --list' says which): that finds damage, but a file with \
      the same 32 bits can be made. Such a file is not taken from a mirror with http://, nor from what an earlier pull left in \
      the cache, unless --allow-weak-check is given; a mirror with https:// must be one that you trust.

      NAMES
        resnet50            the usual weights: torchvision's, or else timm's
        resnet50-v1         torchvision's, by version
        resnet50.a1_in1k    timm's, by its own names

      The cache is $RESZOO_CACHE, else $XDG_CACHE_HOME/reszoo, else ~/.cache/reszoo (on macOS ~/Library/Caches/reszoo). Proxies \
      are those of $https_proxy and $no_proxy. $RESZOO_INDEX may lead to a list of your own, in the form of models/index.json.

      EXAMPLE
        reszoo pull resnet50
        reszoo pull --list 'resnet50*'
        reszoo classify resnet50 cat.jpg
      """)

  @Argument(
    help: "Names of networks; with --list names with * and ?, or parts of names.", completion: .published)
  var names: [String] = []

  @Flag(help: "List the names, and the networks in the cache.")
  var list = false

  @Flag(help: "Print the list as JSON.")
  var json = false

  @Option(
    help: ArgumentHelp("Folder of the cache (default: the user's).", valueName: "folder"),
    completion: .directory)
  var cache: String?

  @Flag(help: "Download and convert again if it is in the cache already.")
  var force = false

  @Flag(help: "Keep the published file beside the checkpoint.")
  var keepSource = false

  @Option(
    help: ArgumentHelp(
      "Address of a mirror of the files (default: $RESZOO_MIRROR, else the official addresses).",
      valueName: "address"))
  var mirror: String?

  @Flag(
    help: "Take a file of whose SHA-256 only 32 bits are known from a mirror with http:// or the cache, too.")
  var allowWeakCheck = false
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    if !list {
      guard !names.isEmpty else {
        throw ValidationError("Name a network, such as resnet50; 'reszoo pull --list' lists all.")
      }
      guard !json else { throw ValidationError("--json goes with --list.") }
    }
    if let cache, cache.isEmpty { throw ValidationError("--cache is empty; name a folder.") }
  }

  func run() throws {
    let index = try ModelOperand.index()
    let cache = cache.map(ModelCache.init(folder:)) ?? .ofUser
    let sink = try Output(path: nil)
    guard !list else {
      let records = try Self.entries(of: index, names).map { PublishedRecord($0, cache: cache) }
      try sink.write(json ? JSONText.pretty(records) + "\n" : PublishedRecord.table(records))
      return try sink.finish()
    }
    // A misspelt name is refused before anything is downloaded.
    let chosen = try names.map { name throws(Failure) in try Self.weights(name, in: index) }
    var failures: [Failure] = []
    for weights in chosen {
      do throws(Failure) {
        try sink.writeLine("\(pull(weights, into: cache))")
      } catch {
        error.report()
        failures.append(error)
      }
    }
    try sink.finish()
    if let first = failures.first {
      throw names.count == 1
        ? Failure(silent: first)
        : Failure(.partial, "\(failures.count) of \(names.count.counted("network")) could not be pulled")
    }
  }

  /// The networks whose name, alias or architecture fits one of the patterns.
  private static func entries(
    of index: ModelIndex, _ patterns: [String]
  ) throws(Failure) -> [PublishedWeights] {
    let fitting = patterns.map(NamePattern.init)
    let entries = index.entries.filter { weights in
      ([weights.name, weights.architecture] + weights.aliases).contains { NamePattern.fits($0, fitting) }
    }
    if entries.isEmpty, !patterns.isEmpty {
      throw Failure(
        .usage,
        "no published network fits \(patterns.joined(separator: ", ")) ('reszoo pull --list' lists all)")
    }
    return entries
  }

  private static func weights(_ name: String, in index: ModelIndex) throws(Failure) -> PublishedWeights {
    if let weights = index.entry(named: name) { return weights }
    let close = index.names(closeTo: name)
    let hint = close.isEmpty ? "" : "; close to it: \(close.joined(separator: ", "))"
    throw Failure(
      .usage, "there is no published network named '\(name)'\(hint) ('reszoo pull --list' lists all)")
  }

  /// Pulls one and returns its path.
  private func pull(_ weights: PublishedWeights, into cache: ModelCache) throws(Failure) -> String {
    ProtectedFiles.allow(cache.path(of: weights))
    let progress = TransferProgress(file: weights.file)
    let report: PullReport
    do {
      report = try cache.pull(
        weights,
        options: PullOptions(
          mirror: mirror ?? Self.usualMirror, replaces: force, keepsSource: keepSource,
          allowsWeakCheck: allowWeakCheck)
      ) { progress.update($0) }
      progress.end()
    } catch {
      progress.end()
      throw Failure(error, weights: weights)
    }
    for note in report.notes { Terminal.note(note) }
    if report.wasCached { Terminal.note("\(weights.name): was in the cache (--force downloads it again)") }
    if let source = report.source { Terminal.note("\(source): kept") }
    return report.path
  }

  private static var usualMirror: String? { environment("RESZOO_MIRROR") }
}

/// Published weights as `pull --list` shows them.
private struct PublishedRecord: Encodable {
  var name: String
  var aliases: [String]
  var architecture: String
  var framework: String
  var source: String
  var address: String
  var sha256Prefix: String
  /// The bits of the SHA-256 that are known, and compared.
  var sha256Bits: Int
  /// The size of the file where its publisher says it.
  var mebibytes: Double?
  /// The number of parameters, from the architecture.
  var parameters: Int?
  var license: String
  var metrics: [String: Double]
  var preprocessing: Preprocessing
  /// The checkpoint in the cache; nil when there is none.
  var checkpoint: String?
  /// The reason that the variant does not run.
  var unsupported: String?

  init(_ weights: PublishedWeights, cache: ModelCache) {
    name = weights.name
    aliases = weights.aliases
    architecture = weights.architecture
    framework = weights.framework
    source = weights.source
    address = weights.shownAddress
    sha256Prefix = weights.sha256Prefix
    sha256Bits = 4 * weights.sha256Prefix.utf8.count
    mebibytes = weights.mebibytes
    license = weights.license
    metrics = weights.metrics
    preprocessing = weights.preprocessing
    checkpoint = cache.contains(weights) ? cache.path(of: weights) : nil
    do {
      parameters = try Graph(Architecture.preset(named: weights.architecture)).parameterCount
    } catch {
      unsupported = error.message
    }
  }

  /// The size of the file, or else about that of the parameters in single precision.
  private var size: String {
    mebibytes?.text(decimals: 1)
      ?? parameters.map { "~" + (4 * Double($0) / Double(1 << 20)).text(decimals: 1) } ?? "-"
  }

  static func table(_ records: [Self]) -> String {
    Table(
      head: ["name", "also", "architecture", "acc@1", "MiB", "SHA-256", "in the cache"],
      rows: records.map { record in
        [
          record.name, record.aliases.joined(separator: " "), record.architecture,
          record.metrics["acc@1"]?.text(decimals: 2) ?? "-", record.size,
          "\(record.sha256Bits) bits",
          record.unsupported != nil ? "cannot run" : record.checkpoint != nil ? "yes" : "",
        ]
      }
    ).text
  }
}
