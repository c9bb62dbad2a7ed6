import Messages
import ModelDescriptor

/// A `config.json` as timm writes it for a hub, in its present form or the older flat one.
struct TimmRecord {
  /// The name of the network.
  let name: String
  private let record: RecordValue
  /// The part that describes the training and the images; the record itself in the flat form.
  private let pretrained: RecordValue

  /// Nil for a record of another form.
  init?(_ record: RecordValue) {
    guard case .object(let members) = record.value, case .string(let name) = members["architecture"] else {
      return nil
    }
    let signs = ["pretrained_cfg", "num_features", "num_classes", "model_args", "label_names"]
    guard signs.contains(where: record.has) || Architecture.timmPreset(named: name) != nil else { return nil }
    self.name = name
    self.record = record
    pretrained =
      members["pretrained_cfg"].map { RecordValue(value: $0, path: "pretrained_cfg") } ?? record
  }

  /// True if the network ends with its pooled features.
  func isHeadless() throws(DescriptorError) -> Bool { try classCount() == 0 }

  /// The number of classes; nil for a network without a head.
  func classes() throws(DescriptorError) -> Int? { try classCount().flatMap { $0 > 0 ? $0 : nil } }

  private func classCount() throws(DescriptorError) -> Int? {
    try value("num_classes", in: [record, pretrained], orArgument: true)?.count()
  }

  func license() throws(DescriptorError) -> String? { try pretrained.member("license")?.string() }

  func labels() throws(DescriptorError) -> [String]? {
    if let names = try value("label_names", in: [record, pretrained]) { return try names.classNames() }
    return try record.member("labels")?.classNames()
  }

  /// The first of some parts' members of that name.
  private func value(
    _ name: String, in parts: [RecordValue], orArgument: Bool = false
  ) throws(DescriptorError) -> RecordValue? {
    for part in parts {
      if let value = try part.member(name) { return value }
    }
    return orArgument ? try argument(name) : nil
  }

  // MARK: Architecture

  /// The network of that name, with the arguments that it was made with.
  func architecture() throws(DescriptorError) -> Architecture? {
    guard var net = Architecture.timmPreset(named: name) else {
      do {
        _ = try Architecture.preset(named: name)
      } catch {
        throw error.within("architecture")
      }
      return nil
    }
    if let classes = try classes() { net.classes = classes }
    if let channels = try inputChannels() { net.input.channels = channels }
    if let pool = try globalPool() { net.globalPool = pool }
    for name in try record.member("model_args")?.memberNames() ?? [] {
      if let argument = try argument(name) { try net.apply(timmArgument: argument, named: name) }
    }
    do { try net.validate() } catch { throw error.within("architecture") }
    if net.nameOfPreset != net.name { net.name = net.nameOfPreset }
    return net
  }

  private func argument(_ name: String) throws(DescriptorError) -> RecordValue? {
    try record.member("model_args")?.member(name)
  }

  private func inputChannels() throws(DescriptorError) -> Int? {
    if let channels = try argument("in_chans") { return try channels.count() }
    return try pretrained.member("input_size")?.counts().first
  }

  private func globalPool() throws(DescriptorError) -> Architecture.GlobalPool? {
    var place = try argument("global_pool")
    if place == nil { place = try value("global_pool", in: [pretrained, record]) }
    guard let place else { return nil }
    let word = try place.string()
    // Without pooling there is no head either.
    guard !word.isEmpty else { return nil }
    let name = word.hasPrefix("fast") ? String(word.dropFirst(4)) : word
    guard let pool = Architecture.GlobalPool(rawValue: name.isEmpty ? "avg" : name) else {
      throw DescriptorError(
        .unsupported, field: place.path,
        "a global pool of the kind '\(word.excerpt)' is none of those of a descriptor")
    }
    return pool
  }

  // MARK: Preprocessing

  /// The preparation of images, with timm's defaults for what is left out; nil when nothing of it is said.
  func preprocessing() throws(DescriptorError) -> Preprocessing? {
    guard
      ["input_size", "mean", "std", "crop_pct", "crop_mode", "interpolation"].contains(where: pretrained.has)
    else { return nil }
    var result = Preprocessing(interpolation: .bicubic)
    if let size = try pretrained.member("input_size") { result.inputSize = try size.counts() }
    guard result.inputSize.count == 3 else {
      throw DescriptorError(
        .outOfRange, field: "pretrained_cfg.input_size",
        "\(result.inputSize) is not channels, height and width")
    }
    if let word = try pretrained.member("interpolation") { result.interpolation = try word.word() }
    if let word = try pretrained.member("crop_mode") { result.cropMode = try word.word() }
    if let mean = try pretrained.member("mean") { result.mean = try mean.numbers() }
    if let std = try pretrained.member("std") { result.std = try std.numbers() }
    if let channels = try argument("in_chans")?.count() { result.spread(over: channels) }
    let fraction = try pretrained.member("crop_pct")?.number() ?? 0.875
    try result.frame(cropFraction: fraction, field: pretrained.path + ".crop_pct")
    do { try result.validate() } catch { throw error.within("pretrained_cfg") }
    return result
  }
}

extension RecordValue {
  /// One of a few words.
  func word<Word: RawRepresentable & CaseIterable>() throws(DescriptorError) -> Word
  where Word.RawValue == String {
    let text = try string()
    guard let word = Word(rawValue: text) else {
      throw DescriptorError(
        .unsupported, field: path,
        "'\(text)' is none of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return word
  }
}

extension Preprocessing {
  /// Changes the number of channels; each gets the mean of what was said of other ones, as in timm.
  fileprivate mutating func spread(over channels: Int) {
    inputSize[0] = channels
    // More channels than any network has are refused later.
    guard (1...4096).contains(channels) else { return }
    for field in [\Preprocessing.mean, \.std] where self[keyPath: field].count != channels {
      let values = self[keyPath: field]
      let mean = values.reduce(0, +) / Double(max(1, values.count))
      self[keyPath: field] = Array(repeating: mean, count: channels)
    }
  }

  /// Sets the sizes of resizing and cropping from the fraction of the resized image that is cut out, as timm does.
  fileprivate mutating func frame(cropFraction fraction: Double, field: String) throws(DescriptorError) {
    guard (0.001...1000).contains(fraction) else {
      throw DescriptorError(
        .outOfRange, field: field, "\(fraction); it must be from 0.001 to 1000, and is usually at most 1")
    }
    let (height, width) = (inputSize[1], inputSize[2])
    if cropMode == .squash, fraction == 1 {
      // Both sides are resized to the input's, and nothing is cut.
      (resize, crop, cropMode) = (nil, nil, .center)
      return
    }
    guard height == width else {
      throw DescriptorError(
        .unsupported, field: "pretrained_cfg.input_size",
        "\(height)×\(width) cut out of a larger image; a checkpoint can only cut squares")
    }
    crop = height
    resize = Int((Double(height) / fraction).rounded(.down))
  }
}
