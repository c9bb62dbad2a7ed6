import ModelDescriptor
import Testing

@testable import ImageInput

/// Answers of Pillow and torchvision in Fixtures/augmentation.tsv, made by tools/fixtures/make_augmentation_fixtures.py. All are
/// met to the bit.
@Suite struct AugmentationFixtureTests {
  /// An image of the given kind, as the script computes it.
  private struct Sample {
    let raster: Raster
    let pixels: [UInt8]

    /// - Parameter name: KIND:WIDTHxHEIGHTxCHANNELS.
    init(_ name: String) throws {
      let parts = name.split(separator: ":")
      let sides = parts[1].split(separator: "x").compactMap { Int($0) }
      try #require(sides.count == 3)
      raster = Raster(width: sides[0], height: sides[1], channels: sides[2])
      var pixels: [UInt8] = []
      for y in 0..<raster.height {
        for x in 0..<raster.width {
          for channel in 0..<raster.channels {
            let index = y * raster.width + x
            let noise = ((x * 37 + y * 59 + channel * 83) ^ (x * y * 7)) & 255
            switch parts[0] {
            case "cube": pixels.append(UInt8(index / [2704, 52, 1][channel] % 52 * 5))
            case "noise": pixels.append(UInt8(noise))
            case "dull": pixels.append(UInt8(60 + channel + noise / 4))
            default: pixels.append(UInt8(90 + 10 * channel))
            }
          }
        }
      }
      self.pixels = pixels
    }

    func applying(_ operation: CanvasOperation?) throws -> [UInt8] {
      guard let operation else { return pixels }
      var copy = pixels
      var editor = CanvasEditor(raster)
      try unsafe copy.withUnsafeMutableBufferPointer { buffer in
        try unsafe editor.apply(operation, to: #require(buffer.baseAddress))
      }
      return copy
    }
  }

  private func answers(_ kind: String) throws -> [(image: String, words: [String], crc: String)] {
    try Fixtures.table("augmentation.tsv").filter { $0[0] == kind }.map {
      ($0[1], $0[2].split(separator: " ").map(String.init), $0[3])
    }
  }

  private func operation(_ words: [String]) throws -> CanvasOperation {
    let numbers = words.dropFirst().compactMap { Double($0) }
    switch words[0] {
    case "flip": return .flip
    case "shift": return .shift(columns: Int(numbers[0]), rows: Int(numbers[1]))
    case "brightness": return .brightness(numbers[0])
    case "contrast": return .contrast(numbers[0])
    case "color": return .color(numbers[0])
    case "sharpness": return .sharpness(numbers[0])
    case "hue": return .hue(turn: numbers[0])
    case "posterize": return .posterize(bits: Int(numbers[0]))
    case "solarize": return .solarize(threshold: numbers[0])
    case "autocontrast": return .autocontrast
    default:
      try #require(words[0] == "equalize")
      return .equalize
    }
  }

  @Test func operationsArePillows() throws {
    let answers = try answers("operation")
    #expect(answers.count > 400)
    for answer in answers {
      let result = try Sample(answer.image).applying(operation(answer.words))
      #expect(crc32(result) == answer.crc, "\(answer.image) \(answer.words)")
    }
  }

  @Test(arguments: ["randaugment", "trivial"]) func spacesAreTorchvisions(name: String) throws {
    let answers = try answers(name)
    #expect(answers.count == 4 * (14 + 9))
    for answer in answers {
      let sample = try Sample(answer.image)
      let (width, height) = (sample.raster.width, sample.raster.height)
      let space =
        name == "trivial"
        ? OperationSpace.trivialAugment(width: width, height: height)
        : OperationSpace.randAugment(width: width, height: height)
      let index = try #require(Int(answer.words[0]))
      let results = try (0..<OperationSpace.magnitudes).flatMap { magnitude in
        try sample.applying(
          space.operation(index, magnitude: magnitude, isNegative: answer.words[1] == "-1"))
      }
      #expect(crc32(results) == answer.crc, "\(answer.image) \(answer.words)")
    }
  }

  @Test func resizedCropsAreTorchvisions() throws {
    let answers = try answers("resizedcrop")
    #expect(answers.count == 192)
    for answer in answers {
      let sample = try Sample(answer.image)
      let numbers = answer.words.compactMap { Int($0) }
      let channels = sample.raster.channels
      let record = Preprocessing(
        inputSize: [channels, numbers[5], numbers[4]], resize: nil, crop: nil,
        interpolation: try #require(Preprocessing.Interpolation(rawValue: answer.words[6])),
        mean: Array(repeating: 0, count: channels), std: Array(repeating: 1, count: channels))
      var framer = CanvasFramer(record)
      let crop = PixelRegion(
        columns: numbers[0]..<numbers[0] + numbers[2], rows: numbers[1]..<numbers[1] + numbers[3])
      let source = sample.pixels + [UInt8](repeating: 0, count: 64)
      var result = [UInt8](repeating: 0, count: channels * numbers[4] * numbers[5])
      try unsafe source.withUnsafeBufferPointer { from in
        try unsafe result.withUnsafeMutableBufferPointer { to in
          try unsafe framer.frame(
            #require(from.baseAddress), sample.raster, crop: crop, into: #require(to.baseAddress))
        }
      }
      #expect(crc32(result) == answer.crc, "\(answer.image) \(answer.words)")
    }
  }
}
