/// Why a text says no augmentation.
public struct AugmentationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, with the text, and what could stand there.
  public let message: String

  public var description: String { message }
}

extension Augmentation: CustomStringConvertible {
  /// The presets by name.
  public static let presets: [(name: String, augmentation: Augmentation)] = [
    ("none", none), ("cifar", cifar), ("imagenet", imageNet), ("finetune", fineTuning),
  ]

  /// Reads parts with commas between them, such as `imagenet,trivial,erasing=0.1`. The first may be a preset; the transforms
  /// happen in the order of the text:
  ///
  /// | part | what it is |
  /// |---|---|
  /// | `none`, `cifar`, `imagenet`, `finetune` | the presets |
  /// | `resize=0.08:1` | random resized crop of that share of the area; before other parts |
  /// | `crop=4` | random crop with so much padding, 1 to 1024 pixels |
  /// | `flip`, `flip=0.5` | horizontal flip with that probability |
  /// | `jitter=0.2`, `jitter=0.4:0.4:0.4:0.1` | brightness, contrast and saturation; or all four with hue |
  /// | `randaugment`, `randaugment=2:9` | operations (1 to 16) and magnitude (0 to 30) |
  /// | `trivial` | TrivialAugmentWide |
  /// | `erasing=0.1` | random erasing with that probability, after everything else |
  ///
  /// - Throws: ``AugmentationError`` that names the first part that cannot be.
  public init(_ text: String) throws(AugmentationError) {
    self.init()
    for (index, part) in text.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
      if let preset = Self.presets.first(where: { $0.name == part }) {
        guard index == 0 else {
          throw AugmentationError(message: "'\(part)' in '\(text)' is a preset: it must be the first part")
        }
        self = preset.augmentation
      } else {
        try add(Part(part), of: text)
      }
    }
  }

  /// The preset's name if it is one; else its parts, which ``init(_:)`` reads.
  public var description: String {
    if let preset = Self.presets.first(where: { $0.augmentation == self }) { return preset.name }
    var parts: [String] = []
    if case .randomResizedCrop(let scale, _) = framing {
      parts.append("resize=" + joined([scale.lowerBound, scale.upperBound]))
    }
    parts += transforms.map(\.description)
    if erasing > 0 { parts.append("erasing=" + joined([erasing])) }
    return parts.joined(separator: ",")
  }

  private mutating func add(_ part: Part, of text: String) throws(AugmentationError) {
    switch part.name {
    case "resize":
      let scale = try part.numbers(
        2...2, in: 0.0001...1, "a least and a greatest share of the area, such as 0.08:1")
      guard scale[0] <= scale[1] else { throw part.error("the first share must not be above the second") }
      guard framing == .preprocessing, transforms.isEmpty else {
        throw part.error("an image is framed once, before other parts, and presets may do so themselves")
      }
      framing = .randomResizedCrop(scale: scale[0]...scale[1], ratio: Self.defaultRatio)
    case "crop":
      let padding = try part.numbers(1...1, in: 1...1024, "pixels of padding, such as 4")
      transforms.append(.randomCrop(padding: try part.whole(padding[0])))
    case "flip":
      let probability = try part.numbers(0...1, in: 0...1, "a probability such as 0.5, or nothing")
      transforms.append(.horizontalFlip(probability: probability.first ?? 0.5))
    case "jitter":
      let amounts = try part.numbers(
        1...4, in: 0...10, "one amount, or those of brightness, contrast, saturation and hue (up to 0.5)")
      guard amounts.count == 1 || amounts.count == 4 && amounts[3] <= 0.5 else {
        throw part.error("give one amount, or four of which the last, the hue's, is at most 0.5")
      }
      transforms.append(
        .colorJitter(
          ColorJitter(
            brightness: amounts[0], contrast: amounts.count == 4 ? amounts[1] : amounts[0],
            saturation: amounts.count == 4 ? amounts[2] : amounts[0], hue: amounts.count == 4 ? amounts[3] : 0
          )))
    case "randaugment":
      let numbers = try part.numbers(0...2, in: 0...30, "operations and a magnitude such as 2:9, or nothing")
      let operations = try part.whole(numbers.first ?? 2)
      guard (1...16).contains(operations) else { throw part.error("1 to 16 operations are possible") }
      let magnitude = try part.whole(numbers.count > 1 ? numbers[1] : 9)
      transforms.append(.randAugment(operations: operations, magnitude: magnitude))
    case "trivial":
      _ = try part.numbers(0...0, in: 0...0, "nothing")
      transforms.append(.trivialAugment)
    case "erasing":
      erasing = try part.numbers(1...1, in: 0...1, "a probability such as 0.1")[0]
    case "":
      throw AugmentationError(
        message: "'\(text)' has an empty part: give parts such as imagenet,trivial,erasing=0.1")
    default:
      throw AugmentationError(
        message: "'\(part.name)' is no augmentation; there are the presets "
          + Self.presets.map(\.name).joined(separator: ", ")
          + " and the parts resize, crop, flip, jitter, randaugment, trivial and erasing; numbers of a part stand behind an "
          + "equals sign, as in erasing=0.1")
    }
  }
}

extension Augmentation.Transform: CustomStringConvertible {
  /// The part of a text that says this transform.
  public var description: String {
    switch self {
    case .randomCrop(let padding): "crop=\(padding)"
    case .horizontalFlip(let probability): probability == 0.5 ? "flip" : "flip=" + joined([probability])
    case .colorJitter(let jitter):
      "jitter=" + joined([jitter.brightness, jitter.contrast, jitter.saturation, jitter.hue])
    case .randAugment(let operations, let magnitude): "randaugment=\(operations):\(magnitude)"
    case .trivialAugment: "trivial"
    }
  }
}

/// Numbers as a text has them, whole ones without a fraction.
private func joined(_ numbers: [Double]) -> String {
  numbers.map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }.joined(separator: ":")
}

/// A name, and numbers behind an equals sign with colons between them.
private struct Part {
  let text: Substring
  let name: Substring
  /// nil without an equals sign.
  let values: [Substring]?

  init(_ text: Substring) {
    self.text = text
    let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    name = halves[0]
    values = halves.count > 1 ? halves[1].split(separator: ":", omittingEmptySubsequences: false) : nil
  }

  /// The numbers, of which there must be as many as `counts` allows, all within the range.
  func numbers(
    _ counts: ClosedRange<Int>, in range: ClosedRange<Double>, _ wanted: String
  ) throws(AugmentationError) -> [Double] {
    let numbers = (values ?? []).compactMap { Double($0) }
    guard numbers.count == (values ?? []).count, counts.contains(numbers.count),
      numbers.allSatisfy({ range.contains($0) })
    else {
      throw error(
        counts == 0...0 ? "\(wanted) may stand behind the name" : "behind '\(name)=' must stand \(wanted)")
    }
    return numbers
  }

  func whole(_ number: Double) throws(AugmentationError) -> Int {
    guard let whole = Int(exactly: number) else { throw error("\(number) must be a whole number") }
    return whole
  }

  func error(_ message: String) -> AugmentationError {
    AugmentationError(message: "the augmentation '\(text)' cannot be: \(message)")
  }
}
