import ArgumentParser
import ResZoo

/// The options for random changes of images.
struct AugmentationArguments: ParsableArguments {
  @Flag(help: "Change no image at random.")
  var noAugment = false

  @Option(
    help: ArgumentHelp(
      """
      Random changes of the images: \(Augmentation.grammar) (default: cifar for networks of images below 96 pixels; else \
      imagenet for train, finetune for finetune).
      """, valueName: "imagenet,trivial"))
  var augment: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Blend pairs of inputs in proportions from a beta distribution with this parameter; 0.2 is usual (default: 0, none).",
      valueName: "a"))
  var mixup: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Put parts of images into others in proportions from a beta distribution with this parameter; 1 is usual. Needs a \
      trainable first layer (default: 0, none).
      """, valueName: "a"))
  var cutmix: Double?

  func validate() throws {
    guard !(noAugment && augment != nil) else {
      throw ValidationError("--no-augment and --augment exclude each other.")
    }
  }

  func apply(to options: inout TrainingOptions) throws(Failure) {
    options.mixing = try reporting { try BatchMixing(mixup: mixup ?? 0, cutmix: cutmix ?? 0) }
    if noAugment { options.augmentation = .none }
    if let augment {
      do {
        options.augmentation = try Augmentation(augment)
      } catch {
        throw Failure(.usage, "--augment: \(error)")
      }
    }
    if options.augmentation == .none { options.views = nil }
  }
}
