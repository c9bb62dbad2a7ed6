import ArgumentParser
import ResZoo

/// The option to average the answers to several views of each image.
struct ViewOptions: ParsableArguments {
  @Option(
    help: """
      Average the probabilities over views: 'flip' (the image and its mirror image), 'five' (the corners and the centre), 'ten' \
      (those of the mirror image too). It takes as many times longer (default: one view).
      """)
  var tta: TestTimeAugmentation?
}
