import ArgumentParser
import ResZoo

/// How features of frozen layers are kept.
struct CacheArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Augmented versions of each image whose features are kept and taken in turn, epoch by epoch.",
      valueName: "n"))
  var cacheViews: Int?

  @Option(
    help: ArgumentHelp(
      "How the numbers of features are kept; the narrower ones are also what is trained on.",
      valueName: "f32|f16|bf16"))
  var cacheType: TypeName?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Most gigabytes of all features in the folder; 21.5 by default.", valueName: "GB"))
  var cacheLimit: Double?

  @Option(
    help: ArgumentHelp(
      "Where features are kept; 'features' in the cache folder by default.", valueName: "folder"))
  var cache: String?

  @Flag(
    help: "Compute features of frozen layers in every epoch, each time from a new version of the image.")
  var noCache = false

  /// The element types by name.
  enum TypeName: String, ExpressibleByArgument, CaseIterable {
    case f32, f16, bf16
  }

  /// Whether somebody wants features to be kept.
  var isAsked: Bool { cacheViews != nil || cacheType != nil || cacheLimit != nil || cache != nil }

  func validate() throws {
    guard !(noCache && isAsked) else {
      throw ValidationError("--no-cache excludes the other options of the cache.")
    }
    if let cacheLimit, !(0...1e6).contains(cacheLimit) {
      throw ValidationError("--cache-limit is \(cacheLimit); it must be from 0 to 1000000 gigabytes.")
    }
  }

  /// Says when what was asked for keeps nothing, or not all.
  func tell(of trainer: Trainer) {
    guard isAsked else { return }
    switch trainer.keptFeatures {
    case .all: break
    case .validation:
      Terminal.error(
        "reszoo: features of the images to train on are not kept, as the images are changed anew in each epoch; "
          + "--cache-views keeps those of so many versions")
    case .none:
      Terminal.error(
        "reszoo: the cache changes nothing here: the first layer trains, so there are no features of frozen ones"
      )
    }
  }

  /// Writes what was given over a command's defaults.
  func apply(to options: inout TrainingOptions) {
    guard !noCache else {
      options.cache = nil
      return
    }
    var kept = FeatureCacheOptions(folder: cache)
    switch cacheType ?? .f32 {
    case .f32: kept.storage = .float32
    case .f16: kept.storage = .float16
    case .bf16: kept.storage = .bfloat16
    }
    if let cacheLimit { kept.limit = Int(cacheLimit * 1e9) }
    options.cache = kept
    if let cacheViews { options.views = cacheViews }
  }
}
