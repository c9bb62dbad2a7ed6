import ArgumentParser
import Files
import ResZoo

/// The options to put classified images into folders.
struct ImagePlaces: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Copy each image into a folder of its class in this folder; nothing is moved or replaced (default: none).",
      valueName: "folder"))
  var sortInto: String?

  @Option(help: "Make links instead of copies: 'symbolic' or 'hard' (default: copies).")
  var link: Link?

  @Option(
    help: ArgumentHelp(
      "Folder for each image with its classes written below it, as PNG, at most \(ImageAnnotator.side) pixels long (default: none).",
      valueName: "folder"))
  var annotate: String?

  enum Link: String, ExpressibleByArgument, CaseIterable {
    case symbolic
    case hard
  }

  func validate() throws {
    guard link == nil || sortInto != nil else {
      throw ValidationError("--link is for images that are sorted; name a folder with --sort-into.")
    }
  }

  /// The sorter that was asked for.
  func sorter(
    _ descriptor: ModelDescriptor, minimum: Double?, inputs: [ImageSource]
  ) throws(Failure) -> ImageSorter? {
    guard let sortInto else { return nil }
    let form: FileCopies.Form =
      switch link {
      case nil: .copy
      case .symbolic: .symbolicLink
      case .hard: .hardLink
      }
    return try ImageSorter(into: sortInto, as: form, of: descriptor, minimum: minimum, inputs: inputs)
  }

  /// The annotator that was asked for.
  func annotator(inputs: [ImageSource]) throws(Failure) -> ImageAnnotator? {
    guard let annotate else { return nil }
    return try ImageAnnotator(into: annotate, inputs: inputs)
  }
}
