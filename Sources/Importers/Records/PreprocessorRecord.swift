package import ModelDescriptor

/// A `preprocessor_config.json` as transformers writes it, of its image processors for classifiers.
package struct PreprocessorRecord {
  private let record: RecordValue

  init(_ record: RecordValue) { self.record = record }

  /// Pillow's filters in the order of their numbers.
  package static let filters: [Preprocessing.Interpolation] = [
    .nearest, .lanczos, .bilinear, .bicubic, .box, .hamming,
  ]

  func preprocessing() throws(DescriptorError) -> Preprocessing {
    var result = Preprocessing(interpolation: try filter())
    try normalize(&result)
    if let flip = try record.member("do_flip_channel_order"), try flip.flag() {
      // Some processors flip before they normalise, and some after.
      guard Set(result.mean).count == 1, Set(result.std).count == 1 else {
        throw DescriptorError(
          .unsupported, field: flip.path, "the channels are reversed, and their means or deviations differ")
      }
      result.channelOrder = .bgr
    }
    if let pad = try record.member("do_pad"), try pad.flag() {
      throw DescriptorError(.unsupported, field: pad.path, "images are padded, which is not read here")
    }
    guard try flag("do_resize") else {
      throw DescriptorError(
        .unsupported, field: "do_resize", "images keep their size, whatever it is, which is not read here")
    }
    try frame(&result)
    try result.validate()
    return result
  }

  private func flag(_ name: String) throws(DescriptorError) -> Bool {
    try record.member(name)?.flag() ?? true
  }

  private func filter() throws(DescriptorError) -> Preprocessing.Interpolation {
    guard let place = try record.member("resample") else { return isOfConvNext ? .bicubic : .bilinear }
    let number = try place.count()
    guard Self.filters.indices.contains(number) else {
      throw DescriptorError(.unsupported, field: place.path, "\(number) is none of Pillow's filters 0 to 5")
    }
    return Self.filters[number]
  }

  /// Mean and standard deviation for values from 0 to 1, whatever the processor scales to.
  private func normalize(_ result: inout Preprocessing) throws(DescriptorError) {
    let isNormalized = try flag("do_normalize")
    guard let means = try record.member("image_mean")?.numbers() else {
      throw DescriptorError(.missingField, field: "image_mean", "the mean of each channel is missing")
    }
    guard let deviations = try record.member("image_std")?.numbers() else {
      throw DescriptorError(
        .missingField, field: "image_std", "the standard deviation of each channel is missing")
    }
    let mean = isNormalized ? means : means.map { _ in 0 }
    let std = isNormalized ? deviations : deviations.map { _ in 1 }
    let factor =
      try flag("do_rescale") ? try record.member("rescale_factor")?.number() ?? 1 / 255 : 1
    let scale = 255 * factor
    guard scale > 0, scale.isFinite else {
      throw DescriptorError(.outOfRange, field: "rescale_factor", "\(factor); it must be above 0")
    }
    // The usual 1/255 is written with a digit too few or too many.
    let isUsual = abs(scale - 1) < 1e-9
    result.mean = isUsual ? mean : mean.map { $0 / scale }
    result.std = isUsual ? std : std.map { $0 / scale }
    result.inputSize[0] = mean.count
  }

  /// The name of the processor; nil when it is not said.
  private var type: String? {
    for name in ["image_processor_type", "feature_extractor_type"] {
      if let type = try? record.member(name)?.string() { return type }
    }
    return nil
  }

  /// True if the processor is the one that ResNets have, which resizes by a fraction.
  private var isOfConvNext: Bool { type?.hasPrefix("ConvNext") ?? record.has("crop_pct") }

  /// True if the processor is the one of vision transformers, which resizes both sides.
  private var isOfVisionTransformer: Bool {
    type?.hasPrefix("ViT") == true || type?.hasPrefix("DeiT") == true
  }

  /// Sizes of resizing and cropping.
  private func frame(_ result: inout Preprocessing) throws(DescriptorError) {
    guard let size = try record.member("size") else {
      throw DescriptorError(.missingField, field: "size", "the size of the images is missing")
    }
    let (height, width) = try Self.extents(size)
    if isOfConvNext {
      guard height == width else { throw size.fault("must be one number for both sides here") }
      let fraction = try record.member("crop_pct")?.number() ?? 0.875
      guard (0.001...1000).contains(fraction) else {
        throw DescriptorError(.outOfRange, field: "crop_pct", "\(fraction); it must be from 0.001 to 1000")
      }
      // From 384 on nothing is cut, and both sides are resized, whatever the proportions.
      let isCut = height < 384
      result.inputSize[1...] = [height, height]
      result.crop = isCut ? height : nil
      result.resize = isCut ? Int((Double(height) / fraction).rounded(.down)) : nil
    } else if try record.member("do_center_crop")?.flag() ?? record.has("crop_size"),
      let crop = try record.member("crop_size")
    {
      let cut = try Self.extents(crop)
      guard cut.height == cut.width, height == width else {
        throw DescriptorError(.unsupported, field: "crop_size", "only squares can be cut out")
      }
      result.inputSize[1...] = [cut.height, cut.width]
      (result.resize, result.crop) = (height, cut.height)
      if !size.has("shortest_edge"), size.has("height") { result.cropMode = .squash }
    } else {
      // One number means the shorter side to some processors and both sides to others.
      guard size.has("height") || (isOfVisionTransformer && !size.has("shortest_edge")) else {
        throw DescriptorError(
          .unsupported, field: "size",
          "nothing is cut, and it is not said that both sides are resized, so that inputs would have many sizes"
        )
      }
      result.inputSize[1...] = [height, width]
      (result.resize, result.crop) = (nil, nil)
    }
  }

  /// Height and width: one number, the shorter side, or both.
  private static func extents(_ size: RecordValue) throws(DescriptorError) -> (height: Int, width: Int) {
    if let edge = try? size.count() { return (edge, edge) }
    if let edge = try size.member("shortest_edge") { return (try edge.count(), try edge.count()) }
    guard let height = try size.member("height"), let width = try size.member("width") else {
      throw size.fault("must be a number, or have shortest_edge, or height and width")
    }
    return (try height.count(), try width.count())
  }
}
