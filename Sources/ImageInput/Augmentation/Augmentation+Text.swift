import Messages

/// The reason why a text says no augmentation.
public struct AugmentationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The fault, with the text and with what could stand there.
  public let message: String

  public var description: String { message }
}

extension Augmentation: CustomStringConvertible {
  /// The presets by name.
  public static let presets: [(name: String, augmentation: Augmentation)] = [
    ("none", none), ("cifar", cifar), ("imagenet", imageNet), ("finetune", fineTuning),
  ]

  /// The texts that ``init(_:)`` reads, as a sentence for help.
  public static var grammar: String {
    "\(presets.map(\.name).enumerated(with: "or")), or parts, or parts behind one of them, with commas between: "
      + parts.map { $0.usage }.joined(separator: ", ")
  }

  /// Reads parts with commas between them, such as `imagenet,trivial,erasing=0.1`, as ``grammar`` says. The first may be a preset;
  /// the transforms happen in the order of the text.
  ///
  /// - Throws: ``AugmentationError`` that names the first part that cannot be.
  public init(_ text: String) throws(AugmentationError) {
    self.init()
    for (index, part) in text.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
      if let preset = Self.presets.first(where: { $0.name == part }) {
        guard index == 0 else {
          throw AugmentationError(
            message: "'\(part.excerpt)' in '\(text.excerpt)' is a preset: it must be the first part")
        }
        self = preset.augmentation
      } else {
        try add(PartText(part), of: text)
      }
    }
  }

  /// The preset's name if it is one; else its parts, which ``init(_:)`` reads.
  public var description: String {
    if let preset = Self.presets.first(where: { $0.augmentation == self }) { return preset.name }
    let parts =
      [RandomResizedCrop.text(framing)] + transforms.map(\.description) + [RandomErasing.text(erasing)]
    return parts.compactMap(\.self).joined(separator: ",")
  }

  private mutating func add(_ part: PartText, of text: String) throws(AugmentationError) {
    guard !part.name.isEmpty else {
      throw AugmentationError(
        message: "'\(text.excerpt)' has an empty part: give parts such as imagenet,trivial,erasing=0.1")
    }
    guard let kind = Self.parts.first(where: { $0.name == part.name }) else {
      throw AugmentationError(
        message: "'\(part.name.excerpt)' is no augmentation; there are the presets "
          + Self.presets.map(\.name).joined(separator: ", ")
          + " and the parts \(Self.parts.map { $0.name }.enumerated(with: "and")); numbers of a part stand behind an "
          + "equals sign, as in erasing=0.1")
    }
    try kind.add(part, to: &self)
  }
}

extension [String] {
  /// The words with commas between them, and another word before the last.
  fileprivate func enumerated(with word: String) -> String {
    guard count > 1, let last else { return joined() }
    return dropLast().joined(separator: ", ") + " \(word) \(last)"
  }
}
