/// How images are changed at random before a network learns from them: a value that says what may happen, not what
/// does. ``init(_:)`` reads its text form, and ``description`` writes it.
///
/// The transforms are those of torchvision on PIL images, with its defaults: an image is framed, the transforms follow
/// in their order on the framed pixels, then the pixels are normalised, and at last a part may be erased.
public struct Augmentation: Hashable, Sendable {
  /// How an image comes to the size of the network's input.
  public enum Framing: Hashable, Sendable {
    /// As the preprocessing record says.
    case preprocessing
    /// A random part, as `RandomResizedCrop` chooses it, resized to the input with the record's interpolation.
    ///
    /// - Parameters:
    ///   - scale: the part's share of the image's area.
    ///   - ratio: the part's width over its height; both bounds are positive.
    case randomResizedCrop(scale: ClosedRange<Double>, ratio: ClosedRange<Double>)
  }

  /// One random change of a framed image. Each is defined in a file of its own in `Parts`, which also makes values of it
  /// (``randomCrop(padding:)``, ``horizontalFlip(probability:)``, …).
  public struct Transform: Hashable, Sendable, CustomStringConvertible {
    let definition: any RandomTransform

    init(_ definition: any RandomTransform) { self.definition = definition }

    /// The part of a text that says this transform.
    public var description: String { definition.text }

    public static func == (a: Self, b: Self) -> Bool {
      AnyHashable(a.definition) == AnyHashable(b.definition)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(definition)) }
  }

  /// How an image is framed.
  public var framing = Framing.preprocessing
  /// The changes of the framed pixels, in this order.
  public var transforms: [Transform] = []
  /// The probability that a rectangle of the normalised image becomes 0: `RandomErasing`.
  public var erasing = 0.0

  /// An augmentation from its fields.
  ///
  /// - Precondition: the fields are within the limits that ``init(_:)`` checks.
  public init(framing: Framing = .preprocessing, transforms: [Transform] = [], erasing: Double = 0) {
    self.framing = framing
    self.transforms = transforms
    self.erasing = erasing
  }

  /// Nothing random: a network learns from what it will see later.
  public static let none = Augmentation()

  /// The augmentation of the CIFAR papers: a part of the image with a border of 4 black pixels, and the mirror.
  public static let cifar = Augmentation(
    transforms: [.randomCrop(padding: 4), .horizontalFlip(probability: 0.5)])

  /// The augmentation with which networks learn ImageNet: a random part of 8 % to all of the area, and the mirror.
  public static let imageNet = Augmentation(
    framing: .randomResizedCrop(scale: 0.08...1, ratio: defaultRatio),
    transforms: [.horizontalFlip(probability: 0.5)])

  /// For a few hundred images and a trained backbone: parts so large that the object is nearly always in them (with
  /// little data a part that lacks it is a wrong label), the mirror, and other light. Hues stay, since classes may differ in nothing
  /// else.
  public static let fineTuning = Augmentation(
    framing: .randomResizedCrop(scale: 0.35...1, ratio: defaultRatio),
    transforms: [
      .horizontalFlip(probability: 0.5),
      .colorJitter(ColorJitter(brightness: 0.2, contrast: 0.2, saturation: 0.2)),
    ])

  static let defaultRatio = 3.0 / 4...4.0 / 3
}
