import Messages

extension Architecture.Setting {
  /// The properties, as they are written, with their values.
  public static let usages = [
    "antialias=none|blur|average_pool", "answer=one|several|binary", "basic_stride=conv1|conv2",
    "bottleneck_stride=conv1|conv2", "dilations=1,1,2,4", "epsilon=0.001", "global_pool=avg|max|avgmax",
    "head=none",
    "normalization=batch|group:32|instance|instance:plain", "shortcut=zero_pad|none",
    "shortcut_input=activated|raw", "stem_pool=none|max|max_zero_padded", "stride_position=first|last",
    "strides=1,2,2,2", "weight_standardization=none|0.000001",
  ]

  /// Reads `PROPERTY=VALUE`. `group:16` stands for 16 groups, `instance:plain` for instance norms without weights.
  ///
  /// - Throws: ``DescriptorError`` that names the property, or lists them all.
  public init(_ text: String) throws(DescriptorError) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = parts[0]
    guard parts.count == 2 else {
      throw DescriptorError(
        .malformed, field: name, "there is no '=' with a value; as in \(Self.usages[0])")
    }
    let value = parts[1]
    switch name {
    case "antialias": self = .antialias(try Self.word(value, name))
    case "answer": self = .answer(try Self.word(value, name))
    case "basic_stride": self = .basicStride(try Self.word(value, name))
    case "bottleneck_stride": self = .bottleneckStride(try Self.word(value, name))
    case "dilations": self = .dilations(try Self.numbers(value, name))
    case "epsilon": self = .epsilon(try Self.number(value, name))
    case "global_pool": self = .globalPool(try Self.word(value, name))
    case "head" where value == "none": self = .noHead
    case "head":
      throw DescriptorError(.outOfRange, field: name, "'\(value.excerpt)' is not none, which leaves it out")
    case "normalization": self = .normalization(try Self.normalization(value, name))
    case "shortcut": self = .shortcut(try Self.word(value, name))
    case "shortcut_input": self = .shortcutInput(try Self.word(value, name))
    case "stem_pool": self = .stemPool(value == "none" ? nil : try Self.word(value, name))
    case "stride_position": self = .stridePosition(try Self.word(value, name))
    case "strides": self = .strides(try Self.numbers(value, name))
    case "weight_standardization":
      self = .weightStandardization(value == "none" ? nil : try Self.number(value, name))
    default:
      throw DescriptorError(
        .unknownField, field: name,
        "no property of this name can be said of weights; there are \(Self.usages.joined(separator: ", "))")
    }
  }

  private static func word<Word: RawRepresentable & CaseIterable>(
    _ text: String, _ name: String
  ) throws(DescriptorError) -> Word where Word.RawValue == String {
    guard let word = Word(rawValue: text) else {
      let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw DescriptorError(.outOfRange, field: name, "'\(text.excerpt)' is none of \(words)")
    }
    return word
  }

  private static func number(_ text: String, _ name: String) throws(DescriptorError) -> Double {
    guard let number = Double(text), number.isFinite else {
      throw DescriptorError(.outOfRange, field: name, "'\(text.excerpt)' is not a number")
    }
    return number
  }

  private static func numbers(_ text: String, _ name: String) throws(DescriptorError) -> [Int] {
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.allSatisfy({ $0 != nil }) else {
      throw DescriptorError(
        .outOfRange, field: name, "'\(text.excerpt)' is no list of whole numbers with commas between them")
    }
    return numbers.compactMap(\.self)
  }

  private static func normalization(
    _ text: String, _ name: String
  ) throws(DescriptorError) -> Architecture.Normalization.Kind {
    let words = text.split(separator: ":", omittingEmptySubsequences: false)
    switch (words[0], words.count) {
    case ("batch", 1): return .batch
    case ("group", 1): return .group(groups: 32)
    case ("instance", 1): return .instance(affine: true)
    case ("instance", 2) where words[1] == "plain": return .instance(affine: false)
    case ("group", 2):
      if let groups = Int(words[1]) { return .group(groups: groups) }
    default: break
    }
    throw DescriptorError(
      .outOfRange, field: name,
      "'\(text.excerpt)' is none of batch, group:GROUPS, instance, instance:plain (without weights)")
  }
}
