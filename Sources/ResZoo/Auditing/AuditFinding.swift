import Charts

/// Something about an image, or about a class, that a person should look at.
public struct AuditFinding: Hashable, Sendable {
  /// A kind of finding.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The file cannot be read.
    case broken
    /// The file was read around damage.
    case damaged
    /// The image, or a copy of it, is among both the images to train on and those to validate with.
    case leak
    /// Another image of the same part has the same pixels.
    case duplicate
    /// Another image of the same part is a copy: compressed again, scaled or cropped.
    case nearDuplicate = "near-duplicate"
    /// The label is probably wrong.
    case label
    /// The network sees few images like it.
    case outlier
    /// Nearly nothing is bright.
    case dark
    /// Nearly nothing is dark.
    case bright
    /// Nothing is sharp.
    case blurred
    /// Nearly all pixels are alike.
    case flat
    /// There are few different tones.
    case lowInformation = "low-information"
    /// It is much smaller than the others.
    case tiny
    /// It is much longer than wide, or wider than long.
    case shape
    /// It is grey among coloured images, or coloured among grey ones.
    case colour
    /// It is stored turned or mirrored, and EXIF says so.
    case rotated
    /// A class has few images, or none.
    case imbalance
  }

  /// A change that the finding suggests.
  public enum Action: String, Hashable, Sendable, CaseIterable {
    /// Leave the image as it is.
    case keep
    /// Leave the image out.
    case drop
    /// Give the image another label.
    case relabel
  }

  /// The kind of finding.
  public var kind: Kind
  /// The image as paths name it; of a class its name.
  public var input: String
  /// The place of the image among those that were audited; nil for a class.
  public var image: Int?
  /// The part that the image is of; nil where there is one alone.
  public var part: AuditedImages.Part?
  /// The label that the image has.
  public var label: String?
  /// The label that is more likely.
  public var suggestedLabel: String?
  /// How sure or how strong the finding is, from 0 to 1; only findings of one kind can be compared by it.
  public var score: Double
  /// The reason in plain words.
  public var reason: String
  /// The number of the group of copies, from 1.
  public var group: Int?
  /// Other images that the finding is about: the copies, the most like it first, up to ``otherLimit``.
  public var others: [String]
  /// What would make it right; nil where a person must look first.
  public var suggestion: Action?

  /// The most other images that a finding names.
  public static let otherLimit = 5

  /// A finding from its parts.
  public init(
    _ kind: Kind, input: String, image: Int? = nil, part: AuditedImages.Part? = nil, label: String? = nil,
    suggestedLabel: String? = nil, score: Double, reason: String, group: Int? = nil, others: [String] = [],
    suggestion: Action? = nil
  ) {
    self.kind = kind
    self.input = input
    self.image = image
    self.part = part
    self.label = label
    self.suggestedLabel = suggestedLabel
    self.score = score
    self.reason = reason
    self.group = group
    self.others = others
    self.suggestion = suggestion
  }
}

/// A number with what it counts.
func counted(_ number: Int, _ one: String, _ many: String? = nil) -> String {
  "\(NumberText.grouped(number)) \(number == 1 ? one : many ?? one + "s")"
}

extension AuditedImages {
  /// A finding about an image.
  func finding(
    _ kind: AuditFinding.Kind, _ image: Int, score: Double, reason: String, suggestedLabel: String? = nil,
    group: Int? = nil, others: [Int] = [], suggestion: AuditFinding.Action? = nil
  ) -> AuditFinding {
    AuditFinding(
      kind, input: sources[image].description, image: image,
      part: trainingCount < count ? part(of: image) : nil,
      label: label(of: image), suggestedLabel: suggestedLabel, score: score, reason: reason, group: group,
      others: others.prefix(AuditFinding.otherLimit).map { sources[$0].description }, suggestion: suggestion)
  }
}
