import Messages
import TensorCore

/// A part of an augmentation's text: its name, its help, and how it is read. A new one is a file in `Parts` and an entry in
/// ``Augmentation/parts``.
protocol AugmentationPart: SendableMetatype {
  /// The word that begins the part.
  static var name: String { get }
  /// An example of the part, or two, and what their numbers mean, for help.
  static var usage: String { get }

  /// Reads a part of this name, and adds it to an augmentation.
  static func add(_ part: PartText, to augmentation: inout Augmentation) throws(AugmentationError)
}

/// A part that changes framed pixels at random.
protocol RandomTransform: AugmentationPart, Hashable, Sendable {
  init(_ part: PartText) throws(AugmentationError)

  /// The part of a text that says it.
  var text: String { get }

  /// Changes an image of the editor's size, with as many random numbers as that takes.
  func apply(
    _ editor: inout CanvasEditor, to pixels: UnsafeMutablePointer<UInt8>, random: inout SplitMix64
  ) throws(ImageError)
}

extension RandomTransform {
  static func add(_ part: PartText, to augmentation: inout Augmentation) throws(AugmentationError) {
    augmentation.transforms.append(Augmentation.Transform(try Self(part)))
  }
}

extension Augmentation {
  /// The parts that a text can have, in the order in which help and errors list them.
  static let parts: [any AugmentationPart.Type] = [
    RandomResizedCrop.self, RandomCrop.self, HorizontalFlip.self, ColorJitter.self, RandomGrayscale.self,
    RandAugment.self, TrivialAugment.self, RandomErasing.self,
  ]
}

/// A name, and numbers behind an equals sign with colons between them.
struct PartText {
  let text: Substring
  let name: Substring
  /// The texts of the numbers; nil without an equals sign.
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
        counts == 0...0
          ? "\(wanted) may stand behind the name" : "behind '\(name.excerpt)=' must stand \(wanted)")
    }
    return numbers
  }

  func whole(_ number: Double) throws(AugmentationError) -> Int {
    guard let whole = Int(exactly: number) else { throw error("\(number) must be a whole number") }
    return whole
  }

  func error(_ message: String) -> AugmentationError {
    AugmentationError(message: "the augmentation '\(text.excerpt)' cannot be: \(message)")
  }

  /// Numbers as a text has them, whole ones without a fraction.
  static func joined(_ numbers: [Double]) -> String {
    numbers.map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }.joined(separator: ":")
  }
}
