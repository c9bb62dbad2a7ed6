import ArgumentParser
import ResZoo

/// The options for the cache of the features that frozen layers compute.
struct CacheArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Augmented versions of each image whose features are kept and used in turn, one in each epoch (default: new versions in \
      each epoch, not kept; finetune: 4).
      """, valueName: "n"))
  var cacheViews: Int?

  @Option(
    help: ArgumentHelp(
      "Precision of the kept features; training uses them as they are kept (default: f32).",
      valueName: "f32|f16|bf16"))
  var cacheType: TypeName?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Most gigabytes of all features in the folder (default: 21.5).", valueName: "GB"))
  var cacheLimit: Double?

  @Option(
    help: ArgumentHelp(
      "Folder for the features (default: 'features' in the cache folder).", valueName: "folder"))
  var cache: String?

  @Flag(help: "Keep no features: compute them in every epoch, from a new version of each image.")
  var noCache = false

  /// The element types by name.
  enum TypeName: String, ExpressibleByArgument, CaseIterable {
    case f32, f16, bf16
  }

  /// True if an option asks for features to be kept.
  var isAsked: Bool { cacheViews != nil || cacheType != nil || cacheLimit != nil || cache != nil }

  func validate() throws {
    guard !(noCache && isAsked) else {
      throw ValidationError("--no-cache excludes the other options of the cache.")
    }
    if let cacheLimit, !(0...1e6).contains(cacheLimit) {
      throw ValidationError("--cache-limit is \(cacheLimit); it must be from 0 to 1000000 gigabytes.")
    }
  }

  /// Warns about given options that keep nothing, or not all.
  func warnAboutUnusedOptions(_ trainer: Trainer) {
    guard isAsked else { return }
    switch trainer.keptFeatures {
    case .all: break
    case .validation:
      Terminal.note(
        "features of the training images are not kept, because each epoch changes the images anew; --cache-views keeps "
          + "those of a fixed number of versions")
    case .none:
      Terminal.warn(
        "the cache has no effect: the first layer is trainable, so there are no features of frozen layers")
    }
  }

  /// Says where features are kept, and how much they may take.
  func note(_ trainer: Trainer) {
    guard let kept = trainer.featureSpace, kept.byteCount > 0 else { return }
    Terminal.note(
      """
      features of frozen layers are kept in \(kept.folder): up to \(kept.byteCount.sizeText)\
      \(cache == nil ? "; 'reszoo cache' shows and clears them" : "")
      """)
  }

  /// Writes the given options over a command's defaults.
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
