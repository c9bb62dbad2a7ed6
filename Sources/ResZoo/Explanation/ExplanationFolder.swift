package import Datasets
package import Files
package import ImageInput
import ModelDescriptor
import Reports
import TensorCore

/// A folder with explanations: a page, `index.html`, all numbers, `explain.json`, an image for each map, and its array if it is wanted.
///
/// It appears whole. An earlier folder of explanations is replaced; nothing else is.
package final class ExplanationFolder {
  /// The file with the numbers.
  package static let numbers = "explain.json"
  /// The page.
  static let pageName = "index.html"

  private let explainer: Explainer
  private let colours: HeatColours
  private let images: [ImageSource]
  private let names: ExplanationNames
  private let hasArrays: Bool
  private let folder: AtomicFolder
  private var pageContent: ExplanationPage
  /// What was written so far.
  package private(set) var record: ExplanationRecord

  /// Opens a folder to be written.
  ///
  /// - Parameters:
  ///   - path: the folder; its parent folder exists.
  ///   - model: the name of the model in the page.
  ///   - images: all images that will be added, in this order.
  ///   - answers: the answers to each; none for the likeliest.
  ///   - hasArrays: true to write maps as NumPy files too.
  /// - Throws: ``FileError`` when it cannot be written, or holds something else.
  package init(
    path: String, explainer: Explainer, model: String, images: [ImageSource], answers: [ExplainedAnswer],
    colours: HeatColours, hasArrays: Bool
  ) throws(FileError) {
    self.explainer = explainer
    self.colours = colours
    self.images = images
    self.hasArrays = hasArrays
    names = ExplanationNames(images, answers)
    let files = names.stems.flatMap { $0 }.flatMap { hasArrays ? [$0 + ".png", $0 + ".npy"] : [$0 + ".png"] }
    folder = try AtomicFolder(
      path: path, names: [Self.pageName, Self.numbers] + files, kind: "explanation",
      earlierNames: Self.files(in:))
    record = ExplanationRecord(
      model: model, method: explainer.method.rawValue, node: explainer.node,
      inputSize: Array(explainer.preprocessing.inputSize.dropFirst()), baseline: explainer.baseline?.rawValue,
      window: explainer.windows?.side, stride: explainer.windows?.stride, dequantized: explainer.isDequantized
    )
    pageContent = ExplanationPage(explainer, model: model, colours: colours)
  }

  /// The files of an earlier folder of explanations; nil if it is none.
  private static func files(in path: String) -> [String]? {
    guard let file = try? InputFile(path: path + "/" + numbers),
      let bytes = try? file.readAll(limit: 1 << 28),
      let earlier = try? JSON.decode(EarlierExplanation.self, from: bytes),
      earlier.format == ExplanationRecord.formatName
    else { return nil }
    // A name alone could be that of any file: only what was written then is replaced.
    let isOurs = earlier.files.allSatisfy { listed in
      guard !listed.name.hasByte("/"),
        listed.name == pageName || [".png", ".npy"].contains(where: { listed.name.hasSuffix($0) }),
        let file = try? InputFile(path: path + "/" + listed.name),
        let bytes = try? file.readAll(limit: 1 << 28)
      else { return false }
      return ImageDigest(of: bytes).text == listed.sha256
    }
    return isOurs ? earlier.files.map(\.name) + [numbers] : nil
  }

  /// Adds what came out for the next image.
  ///
  /// - Throws: ``FileError``; ``ImageError`` when the drawing is larger than a file may be.
  package func add(_ outcome: Result<ImageExplanation, ImageError>) throws {
    let number = record.images.count
    let source = images[number]
    switch outcome {
    case .failure(let error):
      record.images.append(ExplanationRecord.Image(input: source.description, error: error.message))
      pageContent.addError(source.description, error.message)
    case .success(let explanation):
      var maps: [ExplanationRecord.Map] = []
      pageContent.add(source.description, explanation)
      for (stem, map) in zip(names.stems[number], explanation.maps) {
        let png = try HeatImage(map, over: explanation.image, colours: colours).png()
        try write(png, as: stem + ".png")
        if hasArrays { try write(array(map), as: stem + ".npy") }
        pageContent.add(map, png: png)
        maps.append(
          entry(
            map, image: stem + ".png", array: hasArrays ? stem + ".npy" : nil))
      }
      let top = explanation.top.map {
        ExplanationRecord.Class(
          label: $0.label, index: $0.index, probability: $0.probability, logit: $0.logit)
      }
      record.images.append(
        ExplanationRecord.Image(input: source.description, top: top, maps: maps))
    }
  }

  /// Writes the page and the numbers, and gives the folder its name.
  ///
  /// - Parameter facts: names and values of how it was made.
  /// - Throws: ``FileError``, or `DescriptorError` for a number that JSON cannot write.
  package func finish(facts: [(name: String, value: String)]) throws {
    try write(Array(pageContent.finished(facts: facts).html.utf8), as: Self.pageName)
    try write(JSON.encodeShown(record) + [0x0A], as: Self.numbers)
    try folder.commit()
  }

  private func entry(_ map: Explanation, image: String, array: String?) -> ExplanationRecord.Map {
    ExplanationRecord.Map(
      label: explainer.descriptor.labels?[map.answer.index], index: map.answer.index,
      no: explainer.descriptor.architecture.answer == .binary ? map.answer.isNo : nil,
      comparedWith: map.answer.other, value: map.value, evidence: map.hasEvidence,
      shape: [map.height, map.width], minimum: map.minimum, maximum: map.maximum,
      check: map.check.map { ExplanationRecord.Check($0) }, image: image, array: array)
  }

  private func array(_ map: Explanation) -> [UInt8] {
    NPY.header(type: "<f4", shape: [map.height, map.width]) + [UInt8](copying: map.map.bytes)
  }

  private func write(_ bytes: [UInt8], as name: String) throws(FileError) {
    if name != Self.numbers {
      record.files.append(ExplanationRecord.File(name: name, sha256: ImageDigest(of: bytes).text))
    }
    do throws(FileError) {
      let file = try AtomicFile(path: folder.path(of: name))
      try file.append(bytes.rawBytes)
      try file.commit()
    } catch {
      throw folder.named(error)
    }
  }
}
