import ArgumentParser
import ResZoo

/// The option to leave images as they are stored.
struct ExifOptions: ParsableArguments {
  @Flag(help: "Take images as they are stored, without turning them upright as EXIF says.")
  var ignoreExif = false
}

/// The option that names the bases of deltas.
struct BaseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The file that a delta differs from; may be repeated (default: searched beside the delta and in the cache).",
      valueName: "file"), completion: .checkpoint)
  var base: [String] = []

  var search: BaseSearch { BaseSearch(files: base) }
}

/// The option for tables that programs read.
struct CSVOptions: ParsableArguments {
  @Flag(
    help: "In CSV, leave texts that begin as a formula does as they are, without an apostrophe before them.")
  var csvExact = false

  var form: CSVText { CSVText(isExact: csvExact) }
}

/// The option to use a model only if it is signed.
struct SignatureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Key that must have signed the model: PEM, or 64 hexadecimal digits (default: none).",
      valueName: "public.pem"), completion: .file(extensions: ["pem"]))
  var publicKey: String?
}
