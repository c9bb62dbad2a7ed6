/// The way from an image to a network's input, as torchvision's `ImageClassification` preset and timm's evaluation
/// transforms do it: decode, resize, crop, scale to 0…1, subtract `mean`, divide by `std`.
public struct Preprocessing: Hashable, Sendable {
  /// Channels, height and width of the network's input.
  public var inputSize: [Int]
  /// Length of the shorter side after resizing; nil takes an image of exactly the input size as it is and scales
  /// others to it, both sides by their own factor.
  public var resize: Int?
  /// Side of the square cut out after resizing; nil cuts nothing.
  public var crop: Int?
  /// The way from an image of other proportions to the input's.
  public var cropMode: CropMode
  /// The filter of the resizing.
  public var interpolation: Interpolation
  /// Per channel of the network's input, after scaling to 0…1.
  public var mean: [Double]
  /// Per channel of the network's input, after scaling to 0…1.
  public var std: [Double]
  /// The order of the colours in the network's input.
  public var channelOrder: ChannelOrder
  /// The use of EXIF's orientation.
  public var exif: ExifPolicy
  /// The conversion of a greyscale image of 16 bits.
  public var gray16: Gray16Policy

  /// The way from an image of other proportions to the input's.
  public enum CropMode: String, Hashable, Sendable, CaseIterable {
    /// The shorter side is resized, then the centre is cut out.
    case center
    /// Both sides are resized, whatever the proportions.
    case squash
    /// The longer side is resized, and the rest is filled with the mean colour.
    case border
  }

  /// Pillow's filters by torchvision's names.
  public enum Interpolation: String, Hashable, Sendable, CaseIterable {
    case nearest
    case box
    case bilinear
    case hamming
    case bicubic
    case lanczos
  }

  /// The order of the colours in a network's input.
  public enum ChannelOrder: String, Hashable, Sendable, CaseIterable {
    /// Red, green, blue.
    case rgb
    /// Blue, green, red (Caffe, and Keras' v1 nets).
    case bgr
  }

  /// The use of EXIF's orientation.
  public enum ExifPolicy: String, Hashable, Sendable, CaseIterable {
    /// An image is turned upright as its EXIF orientation says.
    case apply
    /// The orientation is ignored, as torchvision, timm and Keras do.
    case ignore
  }

  /// The conversion of a greyscale image of 16 bits.
  public enum Gray16Policy: String, Hashable, Sendable, CaseIterable {
    /// The high byte is taken.
    case scale
    /// Values above 255 become white, as in Pillow.
    case clip
  }

  /// A record from its fields; torchvision's for ImageNet by default. ``validate()`` checks them.
  public init(
    inputSize: [Int] = [3, 224, 224], resize: Int? = 256, crop: Int? = 224, cropMode: CropMode = .center,
    interpolation: Interpolation = .bilinear, mean: [Double] = [0.485, 0.456, 0.406],
    std: [Double] = [0.229, 0.224, 0.225], exif: ExifPolicy = .apply, gray16: Gray16Policy = .scale,
    channelOrder: ChannelOrder = .rgb
  ) {
    self.inputSize = inputSize
    self.resize = resize
    self.crop = crop
    self.cropMode = cropMode
    self.interpolation = interpolation
    self.mean = mean
    self.std = std
    self.exif = exif
    self.gray16 = gray16
    self.channelOrder = channelOrder
  }
}

extension Preprocessing {
  /// torchvision's V1 weights: resize 256, crop 224.
  public static let imageNet = Preprocessing()
  /// torchvision's V2 weights: resize 232, crop 224.
  public static let imageNetV2 = Preprocessing(resize: 232)
  /// CIFAR-10: images of 32×32 as they are.
  public static let cifar10 = Preprocessing(
    inputSize: [3, 32, 32], resize: nil, crop: nil, mean: [0.4914, 0.4822, 0.4465],
    std: [0.2023, 0.1994, 0.2010])

  /// Caffe's for ImageNet, which Keras' v1 nets share: blue, green and red of 0…255, less their means.
  public static let caffe = Preprocessing(
    mean: [103.939, 116.779, 123.68].map { $0 / 255 }, std: Array(repeating: 1.0 / 255, count: 3),
    channelOrder: .bgr)
  /// Colours of −1…1, as TensorFlow's and Keras' v2 nets take them.
  public static let symmetric = Preprocessing(mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])

  /// The names that `--preset` takes beside a file.
  public static let presetNames = ["imagenet", "imagenet-v2", "cifar10", "caffe", "symmetric"]

  /// The record of that name, or nil.
  public static func preset(named name: String) -> Preprocessing? {
    switch name {
    case "imagenet": imageNet
    case "imagenet-v2": imageNetV2
    case "cifar10": cifar10
    case "caffe": caffe
    case "symmetric": symmetric
    default: nil
    }
  }

  /// The usual preprocessing of images for this architecture: CIFAR's record for nets of 32×32 images, else ImageNet's,
  /// cut to the network's input; grey statistics for one channel.
  public static func usual(for architecture: Architecture) -> (name: String, record: Preprocessing) {
    let input = architecture.input
    let isSmall = input.height <= 64 && input.width <= 64
    var record = isSmall ? cifar10 : imageNet
    record.inputSize = [input.channels, input.height, input.width]
    if !isSmall, input.height != 224 || input.width != 224 {
      record.resize = input.height == input.width ? Int(Double(input.height) / 0.875) : nil
      record.crop = input.height == input.width ? input.height : nil
    }
    if input.channels != 3 {
      record.mean = Array(repeating: 0.5, count: input.channels)
      record.std = Array(repeating: 0.5, count: input.channels)
    }
    return (isSmall ? "cifar10" : "imagenet", record)
  }

  /// Most pixels of a network's input: 4096×4096, which take 192 MiB as three channels of float32.
  public static let inputPixelLimit = 1 << 24

  /// Checks every field on its own and against the others.
  ///
  /// - Throws: ``DescriptorError`` that names the first offending field.
  public func validate() throws(DescriptorError) {
    guard inputSize.count == 3 else {
      throw DescriptorError(
        .outOfRange, field: "input_size", "\(inputSize) is not channels, height and width")
    }
    for (index, size) in inputSize.enumerated() where !(1...65536).contains(size) {
      throw DescriptorError(.outOfRange, field: "input_size[\(index)]", "\(size); it must be from 1 to 65536")
    }
    guard inputSize[1] * inputSize[2] <= Self.inputPixelLimit else {
      throw DescriptorError(
        .outOfRange, field: "input_size",
        "\(inputSize[1])×\(inputSize[2]); it must have at most \(Self.inputPixelLimit) pixels")
    }
    for (field, size) in [("resize", resize), ("crop", crop)] {
      if let size, !(1...65536).contains(size) {
        throw DescriptorError(.outOfRange, field: field, "\(size); it must be from 1 to 65536, or null")
      }
    }
    if let crop, crop != inputSize[1] || crop != inputSize[2] {
      throw DescriptorError(
        .contradiction, field: "crop", "\(crop) does not give an input of \(inputSize[1])×\(inputSize[2])")
    }
    if crop == nil, resize != nil {
      throw DescriptorError(
        .contradiction, field: "crop", "null beside a resize of \(resize ?? 0): give both or neither")
    }
    for (field, values) in [("mean", mean), ("std", std)] {
      guard values.count == inputSize[0] else {
        throw DescriptorError(
          .contradiction, field: field, "\(values.count) values for \(inputSize[0]) channels")
      }
    }
    guard channelOrder == .rgb || inputSize[0] == 3 else {
      throw DescriptorError(
        .contradiction, field: "channel_order",
        "'\(channelOrder.rawValue)' for \(inputSize[0]) channels; only three have an order")
    }
    for (index, value) in mean.enumerated() where !(value.magnitude <= 1000) {
      throw DescriptorError(.outOfRange, field: "mean[\(index)]", "\(value); it must be from -1000 to 1000")
    }
    for (index, value) in std.enumerated() where !(value >= 1e-6 && value <= 1000) {
      throw DescriptorError(.outOfRange, field: "std[\(index)]", "\(value); it must be from 1e-6 to 1000")
    }
  }
}

extension Preprocessing: Codable {
  /// Reads the JSON form and validates it.
  ///
  /// - Throws: ``DescriptorError`` that names the offending field.
  public init(json: [UInt8]) throws(DescriptorError) {
    self = try JSON.decode(Preprocessing.self, from: json)
    try validate()
  }

  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(
      decoder,
      known: [
        "input_size", "resize", "crop", "crop_mode", "interpolation", "mean", "std", "exif", "gray16",
        "channel_order",
      ])
    self.init(
      inputSize: try fields.required("input_size"),
      resize: try fields.optional("resize"),
      crop: try fields.optional("crop"),
      cropMode: try fields.word("crop_mode", default: CropMode.center),
      interpolation: try fields.word("interpolation", default: Interpolation.bilinear),
      mean: try fields.required("mean"),
      std: try fields.required("std"),
      exif: try fields.word("exif", default: ExifPolicy.apply),
      gray16: try fields.word("gray16", default: Gray16Policy.scale),
      channelOrder: try fields.word("channel_order", default: ChannelOrder.rgb))
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(inputSize, forKey: FieldName("input_size"))
    try fields.encode(resize, forKey: FieldName("resize"))
    try fields.encode(crop, forKey: FieldName("crop"))
    try fields.encode(cropMode.rawValue, forKey: FieldName("crop_mode"))
    try fields.encode(interpolation.rawValue, forKey: FieldName("interpolation"))
    try fields.encode(mean, forKey: FieldName("mean"))
    try fields.encode(std, forKey: FieldName("std"))
    try fields.encode(exif.rawValue, forKey: FieldName("exif"))
    try fields.encode(gray16.rawValue, forKey: FieldName("gray16"))
    try fields.encode(channelOrder.rawValue, unless: ChannelOrder.rgb.rawValue, forKey: "channel_order")
  }
}
