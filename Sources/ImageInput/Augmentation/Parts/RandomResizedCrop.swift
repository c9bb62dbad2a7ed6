/// `RandomResizedCrop`: a random part of the image, resized to the network's input.
enum RandomResizedCrop: AugmentationPart {
  static let name = "resize"
  static let usage = "resize=0.08:1 (shares of the area)"

  static func add(_ part: PartText, to augmentation: inout Augmentation) throws(AugmentationError) {
    let scale = try part.numbers(
      2...2, in: 0.0001...1, "a least and a greatest share of the area, such as 0.08:1")
    guard scale[0] <= scale[1] else { throw part.error("the first share must not be above the second") }
    guard augmentation.framing == .preprocessing, augmentation.transforms.isEmpty else {
      throw part.error("an image is framed once, before other parts, and presets may do so themselves")
    }
    augmentation.framing = .randomResizedCrop(scale: scale[0]...scale[1], ratio: Augmentation.defaultRatio)
  }

  static func text(_ framing: Augmentation.Framing) -> String? {
    guard case .randomResizedCrop(let scale, _) = framing else { return nil }
    return "\(name)=" + PartText.joined([scale.lowerBound, scale.upperBound])
  }
}
