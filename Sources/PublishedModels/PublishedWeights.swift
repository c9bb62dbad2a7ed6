import Messages
public import ModelDescriptor

/// A file of pretrained weights that its makers publish, and their statements about it.
public struct PublishedWeights: Hashable, Sendable {
  /// The name under which this program knows the file, for example `resnet50-v2` or `resnet50.a1_in1k`.
  public var name: String
  /// Shorter names, for example `resnet50` for the file that is the usual choice.
  public var aliases: [String]
  /// The package that the weights were trained with: `torchvision` or `timm`.
  public var framework: String
  /// The name that the package gives the weights, for example `torchvision:resnet50.IMAGENET1K_V2`.
  public var source: String
  /// The name of an architecture preset.
  public var architecture: String
  /// The official address of the file.
  public var address: String
  /// The file's name there.
  public var file: String
  /// The beginning of the file's SHA-256, in lower-case hexadecimal: all 64 digits, or as many as are known.
  public var sha256Prefix: String
  /// The file's size in MiB, rounded to three decimals; nil when it is unknown.
  public var mebibytes: Double?
  /// The weights' licence, as an SPDX identifier.
  public var license: String
  /// The classes' names.
  public var labels: Labels
  /// Published metrics by name: `acc@1` and `acc@5` in percent, on ImageNet's validation images.
  public var metrics: [String: Double]
  /// The makers' preparation of images.
  public var preprocessing: Preprocessing

  /// The names of the classes that weights tell apart.
  public enum Labels: Hashable, Sendable {
    /// ImageNet's 1,000.
    case imageNet
    /// Others, in the order of the logits.
    case names([String])

    /// The names, in the order of the logits.
    public var all: [String] {
      switch self {
      case .imageNet: ImageNetLabels.all
      case .names(let names): names
      }
    }
  }

  /// True if the whole SHA-256 is known. A part of it tells damage; a file that has the same part can be made on purpose.
  public var hasWholeDigest: Bool { sha256Prefix.utf8.count == 64 }

  /// The part of SHA-256 that is known, in words.
  public var digestText: String {
    hasWholeDigest ? "all 64 digits of its SHA-256" : "\(4 * sha256Prefix.utf8.count) bits of its SHA-256"
  }

  /// True if a SHA-256 in lower-case hexadecimal is the file's, as far as that is known.
  package func matches(digest: String) -> Bool { digest.hasPrefix(sha256Prefix) }

  /// The official address as it may be shown and recorded.
  public var shownAddress: String { address.withoutCredentials }

  /// The sizes in bytes that the file may have, as far as its size is known.
  package var byteCounts: ClosedRange<UInt64>? {
    guard let mebibytes else { return nil }
    // A thousandth of a MiB is 1,049 bytes.
    let bytes = mebibytes * 0x1p20
    return UInt64(max(0, bytes - 1049))...UInt64(bytes + 1049)
  }
}

extension PublishedWeights: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(
      decoder,
      known: [
        "name", "aliases", "framework", "source", "architecture", "address", "file", "sha256_prefix",
        "mebibytes",
        "license", "labels", "metrics", "preprocessing",
      ])
    name = try fields.required("name")
    aliases = try fields.optional("aliases") ?? []
    framework = try fields.required("framework")
    source = try fields.required("source")
    architecture = try fields.required("architecture")
    address = try fields.required("address")
    file = try fields.required("file")
    sha256Prefix = try fields.required("sha256_prefix")
    mebibytes = try fields.optional("mebibytes")
    license = try fields.required("license")
    labels = try fields.required("labels")
    metrics = try fields.optional("metrics") ?? [:]
    preprocessing = try fields.required("preprocessing")
  }
}

extension PublishedWeights.Labels: Decodable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let word = try? container.decode(String.self) else {
      self = .names(try container.decode([String].self))
      return
    }
    guard word == "imagenet" else {
      throw DescriptorError(
        .outOfRange, field: fieldPath(decoder.codingPath),
        "'\(word.excerpt)' is neither 'imagenet' nor an array of names")
    }
    self = .imageNet
  }
}
