import ArgumentParser
import ResZoo

/// The way in which an audit works.
struct AuditWork: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Images that go through the network together.", valueName: "n"))
  var batch = 8

  @Option(parsing: .unconditional, help: ArgumentHelp("Processors to use, 0 for all.", valueName: "n"))
  var threads = 0

  @Option(
    help: ArgumentHelp(
      "Folder for what is kept of images (default: 'features' in the cache folder).", valueName: "folder"),
    completion: .directory)
  var cache: String?

  @Flag(help: "Keep nothing: an interrupted audit begins anew.")
  var noCache = false

  func validate() throws {
    guard (1...1024).contains(batch) else {
      throw ValidationError("--batch is \(batch); it must be from 1 to 1024.")
    }
    guard (0...256).contains(threads) else {
      throw ValidationError("--threads is \(threads); it must be from 0 to 256.")
    }
    guard cache == nil || !noCache else {
      throw ValidationError("--cache and --no-cache exclude each other.")
    }
  }

  /// Where measures and features are kept.
  var features: FeatureCacheOptions? { noCache ? nil : FeatureCacheOptions(folder: cache) }
}
