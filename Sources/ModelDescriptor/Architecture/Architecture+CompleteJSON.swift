extension Architecture {
  /// The JSON form on several lines with every field, those with their usual values too: a descriptor for people to change.
  ///
  /// - Throws: ``DescriptorError`` for a number that JSON cannot write.
  public func completeJSON() throws(DescriptorError) -> [UInt8] {
    let fields = try JSON.decode([String: JSONValue].self, from: json())
    return try JSON.encode(fields.merging(Self.usualValues) { own, _ in own }, pretty: true)
  }

  /// The fields that ``json(pretty:)`` leaves out where they have these values.
  private static let usualValues: [String: JSONValue] = [
    "first_reduction": .integer(1),
    "basic_stride": .string(BasicStride.conv1.rawValue),
    "shortcut_input": .string(ShortcutInput.activated.rawValue),
    "shortcut_kernel": .integer(1),
    "stride_position": .string(StridePosition.first.rawValue),
    "antialias": .string(Antialias.none.rawValue),
    "convolution_bias": .string(ConvolutionBias.none.rawValue),
    "block_dropout": .integer(0),
    "global_pool": .string(GlobalPool.average.rawValue),
    "answer": .string(Answer.one.rawValue),
  ]
}
