import Foundation
import ModelDescriptor
import TensorCore
import Testing

@testable import ImageInput

@Suite struct AugmentationTests {
  // MARK: Texts

  @Test(arguments: [
    "none", "cifar", "imagenet", "finetune", "imagenet,trivial,erasing=0.1", "resize=0.35:1,flip=0.25",
    "crop=2,jitter=0.4:0.3:0.2:0.1,randaugment=3:12", "flip", "erasing=1",
    "grayscale", "imagenet,grayscale=0.25",
  ])
  func aTextIsReadAndWrittenAlike(text: String) throws {
    let augmentation = try Augmentation(text)
    #expect(try Augmentation(augmentation.description) == augmentation)
  }

  @Test func aPresetIsWhatItsPartsAre() throws {
    #expect(try Augmentation("crop=4,flip") == .cifar)
    #expect(try Augmentation("resize=0.08:1,flip") == .imageNet)
    #expect(try Augmentation("resize=0.35:1,flip,jitter=0.2") == .fineTuning)
    #expect(try Augmentation("none") == .none)
    #expect(Augmentation.imageNet.description == "imagenet")
    let text = try Augmentation("imagenet,trivial,erasing=0.1").description
    #expect(text == "resize=0.08:1,flip,trivial,erasing=0.1")
    #expect(try Augmentation("flip,randaugment").description == "flip,randaugment=2:9")
  }

  @Test(arguments: [
    ("", "empty part"), ("flip,", "empty part"), ("imagnet", "no augmentation"), ("flip,cifar", "first part"),
    ("flip=2", "'flip=2'"), ("flip=a", "'flip=a'"), ("flip=", "'flip='"), ("crop", "'crop'"),
    ("crop=0", "'crop=0'"), ("crop=1.5", "whole number"), ("crop=nan", "'crop=nan'"),
    ("crop=1:2", "'crop=1:2'"),
    ("resize=0.5", "0.08:1"), ("resize=1:0.5", "above the second"), ("flip,resize=0.5:1", "once"),
    ("imagenet,resize=0.5:1", "once"), ("jitter=1:2", "one amount, or four"),
    ("jitter=0:0:0:0.6", "at most 0.5"),
    ("randaugment=0", "1 to 16"), ("randaugment=2:31", "2:9"), ("trivial=1", "nothing"),
    ("erasing", "behind 'erasing=' must stand a probability"), ("erasing:0.2", "as in erasing=0.1"),
  ])
  func aFaultyPartIsNamed(text: String, reason: String) throws {
    let error = try #require(throws: AugmentationError.self) { try Augmentation(text) }
    #expect(error.message.contains(reason), "\(error.message)")
  }

  // MARK: Chance (figures of torchvision's in Fixtures/augmentation.tsv, made by tools/fixtures/make_augmentation_fixtures.py)

  /// Pixels of the inputs that one image gives with so many seeds, and what is to be erased.
  private func inputs(
    _ text: String, count: Int, record: Preprocessing, file: String = "photo.jpg"
  ) throws -> [(pixels: [UInt8], erasure: PixelRegion?)] {
    let preparer = try AugmentedPreparer(record, Augmentation(text))
    return try (0..<count).map { index in
      let image = try unsafe preparer.load(atPath: Fixtures.path(file))
      var random = SplitMix64(seed: 1, 1, index)
      var canvas = [UInt8](repeating: 0, count: record.inputSize.reduce(1, *))
      let erasure = try unsafe canvas.withUnsafeMutableBufferPointer { buffer in
        try unsafe preparer.frame(image, random: &random, into: #require(buffer.baseAddress))
      }
      return (canvas, erasure)
    }
  }

  private let small = Preprocessing(inputSize: [3, 20, 24], resize: nil, crop: nil)

  @Test(arguments: ["none", "erasing=1"]) func withoutTransformsPixelsAreThePreprocessors(text: String) throws
  {
    for file in ["photo.jpg", "gray.jpg", "exif-6.jpg", "palette-4.png"] {
      for record in [small, Preprocessing(inputSize: [1, 9, 9], resize: 10, crop: 9, mean: [0], std: [1])] {
        let expected = try Preprocessor(record).preparePixels(atPath: Fixtures.path(file)).pixels
        let found = try inputs(text, count: 2, record: record, file: file)
        #expect(found.allSatisfy { $0.pixels == expected }, "\(file)")
      }
    }
  }

  @Test func everyPartIsInTheHelpAndCanBeRead() throws {
    for part in Augmentation.parts {
      let examples = part.usage.components(separatedBy: " or ").map { $0.prefix { $0 != " " } }
      #expect(Augmentation.grammar.contains(part.usage))
      for example in examples { #expect(try Augmentation(String(example)) != .none) }
    }
  }

  @Test func someImagesBecomeGrey() throws {
    let found = try inputs("grayscale=0.25", count: 400, record: small).map(\.pixels)
    let plain = try inputs("none", count: 1, record: small)[0].pixels
    let gray = found.filter { $0 != plain }
    let image = try #require(gray.first)
    for pixel in stride(from: 0, to: image.count, by: 3) {
      #expect(image[pixel] == image[pixel + 1] && image[pixel] == image[pixel + 2])
    }
    // 100 are expected with a deviation of 9.
    #expect(abs(gray.count - 100) < 45)
    #expect(Set(found).count == 2)
  }

  @Test func halfOfTheImagesAreMirrored() throws {
    let plain = try Preprocessor(small).preparePixels(atPath: Fixtures.path("photo.jpg")).pixels
    let mirrored = try inputs("flip=1", count: 1, record: small)[0].pixels
    let found = try inputs("flip", count: 400, record: small).map(\.pixels)
    #expect(found.allSatisfy { $0 == plain || $0 == mirrored })
    // 200 are expected with a deviation of 10.
    #expect(abs(found.filter { $0 == mirrored }.count - 200) < 50)
    #expect(try inputs("flip=0", count: 20, record: small).allSatisfy { $0.pixels == plain })
  }

  @Test func cropsReachEveryOffset() throws {
    let found = Set(try inputs("crop=2", count: 600, record: small).map(\.pixels))
    #expect(found.count == 25)
  }

  @Test func cropsCoverTorchvisionsShareOfTheArea() throws {
    var random = SplitMix64(seed: 2)
    var shares: [Double] = []
    for _ in 0..<4000 {
      let crop = RandomRegions.crop(
        width: 200, height: 150, scale: 0.08...1, ratio: 3.0 / 4...4.0 / 3, random: &random)
      #expect(crop.columns.lowerBound >= 0 && crop.columns.upperBound <= 200)
      #expect(crop.rows.lowerBound >= 0 && crop.rows.upperBound <= 150)
      shares.append(Double(crop.columns.count * crop.rows.count) / 30_000)
    }
    // Large shares often fit in no ratio and are drawn again. The deviation of one share is some 0.22.
    let answer = try #require(Fixtures.table("augmentation.tsv").first { $0[0] == "share" })
    let expected = try #require(Double(answer[3]))
    let mean = shares.reduce(0, +) / 4000
    #expect(abs(mean - expected) < 0.015, "\(mean)")
    #expect((shares.min() ?? 0) > 0.07 && (shares.max() ?? 0) > 0.95)
  }

  @Test func anImageOfExtremeProportionsGivesItsCentre() {
    var random = SplitMix64(seed: 2)
    let wide = RandomRegions.crop(
      width: 1000, height: 3, scale: 0.5...1, ratio: 3.0 / 4...4.0 / 3, random: &random)
    #expect(wide == PixelRegion(columns: 498..<502, rows: 0..<3))
    let tall = RandomRegions.crop(
      width: 3, height: 1000, scale: 0.5...1, ratio: 3.0 / 4...4.0 / 3, random: &random)
    #expect(tall == PixelRegion(columns: 0..<3, rows: 498..<502))
    let pixel = RandomRegions.crop(
      width: 1, height: 1, scale: 0.08...0.1, ratio: 3.0 / 4...4.0 / 3, random: &random)
    #expect(pixel == PixelRegion(columns: 0..<1, rows: 0..<1))
  }

  @Test func erasuresAreAsLikelyAndAsLargeAsAskedFor() throws {
    let found = try inputs("erasing=0.25", count: 800, record: small).compactMap(\.erasure)
    // 200 are expected with a deviation of 12.
    #expect(abs(found.count - 200) < 60)
    for region in found {
      #expect(region.columns.lowerBound >= 0 && region.columns.upperBound <= 24)
      #expect(region.rows.lowerBound >= 0 && region.rows.upperBound <= 20)
      // Sides are rounded: half a pixel each.
      #expect((0.01...0.4).contains(Double(region.columns.count * region.rows.count) / 480))
    }
  }

  @Test func everyTransformDependsOnItsRandomNumbersAlone() throws {
    for text in [
      "imagenet", "finetune", "jitter=0.4:0.4:0.4:0.5", "randaugment", "trivial", "imagenet,trivial",
    ] {
      for record in [
        small, Preprocessing(inputSize: [1, 16, 16], resize: nil, crop: nil, mean: [0], std: [1]),
      ] {
        let first = try inputs(text, count: 30, record: record).map(\.pixels)
        #expect(try inputs(text, count: 30, record: record).map(\.pixels) == first, "\(text)")
        #expect(Set(first).count > 10, "\(text)")
      }
    }
  }

  @Test func everyOperationIsDrawn() {
    var random = SplitMix64(seed: 9)
    let space = OperationSpace.trivialAugment(width: 32, height: 32)
    let all = (0..<6000).map { _ in space.draw(magnitude: nil, random: &random) }
    // One in 14 is the identity: 429 are expected with a deviation of 20.
    #expect(abs(all.filter { $0 == nil }.count - 429) < 100)
    // 9 operations of 31 magnitudes and two signs, of which those of magnitude 0 are one, 7 bits, 31 thresholds.
    #expect(Set(all).count > 450)
    let fixed = (0..<2000).map { _ in space.draw(magnitude: 9, random: &random) }
    #expect(Set(fixed).count == 1 + 9 * 2 + 1 + 1 + 2)
  }
}
