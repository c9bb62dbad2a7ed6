import ArgumentParser
import Files
import ResZoo

struct CacheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache",
    abstract: "Show or remove what is kept: pulled networks, downloads, features, weights.",
    usage: """
      reszoo cache [--json]
      reszoo cache clear [<patterns> ...] [--older-than <days>] [--dry-run]
      """,
    discussion: """
      The cache is $RESZOO_CACHE, else $XDG_CACHE_HOME/reszoo, else ~/.cache/reszoo (on macOS ~/Library/Caches/reszoo). It \
      holds the networks that 'reszoo pull' fetched, the features that trainings with frozen layers keep so that later \
      epochs and trainings need not compute them, and the weights that programs share which ask the library for it.

      EXAMPLE
        reszoo cache
        reszoo cache clear features --older-than 7 --dry-run
      """,
    subcommands: [List.self, Clear.self], defaultSubcommand: List.self)

  struct List: TalkingCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List what is in the cache, with sizes.",
      usage: "reszoo cache [--json]",
      discussion: """
        EXAMPLE
          reszoo cache --json
        """)

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var messages: MessageOptions

    func run() throws {
      let contents = try CacheContents()
      let sink = try Output(path: nil)
      try sink.write(json ? JSONText.pretty(contents) + "\n" : contents.text)
      try sink.finish()
    }
  }

  struct Clear: TalkingCommand {
    static let configuration = CommandConfiguration(
      commandName: "clear",
      abstract: "Remove what is in the cache, or a part of it.",
      usage: "reszoo cache clear [<patterns> ...] [--older-than <days>] [--dry-run]",
      discussion: """
        Without a pattern everything is removed. A pattern is a kind (model, download, features, weights), a part of a name, or a whole name with \
        * and ?. Features that a training uses now stay, as do files that this program did not make. Nothing is lost for good: \
        networks can be pulled again, and the rest is computed again.

        EXAMPLE
          reszoo cache clear 'resnet50*'
        """)

    @Argument(help: "Kinds, parts of names, or names with * and ? (default: everything).")
    var patterns: [String] = []

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "Only what was not written or used for this many days (default: any age).", valueName: "days"))
    var olderThan: Double?

    @Flag(help: "Only say what would be removed.")
    var dryRun = false

    @OptionGroup var messages: MessageOptions

    func validate() throws {
      if let olderThan, !(0...100_000).contains(olderThan) {
        throw ValidationError("--older-than is \(olderThan); it must be from 0 to 100000 days.")
      }
      guard !patterns.contains("") else {
        throw ValidationError(
          "A pattern is empty, and would choose everything; leave it out to remove everything.")
      }
    }

    func run() throws {
      let contents = try CacheContents()
      let chosen = contents.items.filter { isChosen($0) }
      let sink = try Output(path: nil)
      var (count, bytes, stayed) = (0, 0, 0)
      for item in chosen {
        guard dryRun || contents.remove(item) else {
          Terminal.note("\(item.name): stays, because another process uses it or it cannot be removed")
          stayed += 1
          continue
        }
        count += 1
        bytes += item.bytes
        try sink.writeLine(
          "\(dryRun ? "would remove" : "removed") \(item.kind) \(item.name), \(item.bytes.sizeText)")
      }
      try sink.write("\(count.counted("item")), \(bytes.sizeText)\n")
      try sink.finish()
      guard stayed == 0 else {
        throw Failure(
          .partial, "\(stayed) of \(chosen.count.counted("item")) \(stayed == 1 ? "stays" : "stay")")
      }
    }

    private func isChosen(_ item: CacheContents.Item) -> Bool {
      if let olderThan, Double(item.ageSeconds) < olderThan * 86_400 { return false }
      // The word for a kind is not a part of a name.
      let names = patterns.filter { !CacheContents.Item.kinds.contains($0) }
      return patterns.isEmpty || patterns.contains(item.kind)
        || !names.isEmpty && NamePattern.fits(item.name, names.map(NamePattern.init))
    }
  }
}
