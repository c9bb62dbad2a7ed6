import ImageInput
import ModelDescriptor
import Testing

/// Answers of Pillow and torchvision in Fixtures/expected.tsv, made by tools/fixtures/make_image_fixtures.py.
@Suite struct PeerAnswerTests {
  @Test func decodedPixelsArePillows() throws {
    let answers = try Answer.all("decode")
    #expect(answers.count > 160)
    let damaged = [
      "damaged.jpg", "png-wrong-pixel-checksum-pieces.png", "png-wrong-end-checksum.png",
    ]
    for answer in answers {
      let gray16 = try #require(Preprocessing.Gray16Policy(rawValue: answer.argument))
      if answer.result == ["-", "-", "-", "-"] {
        #expect(throws: ImageError.self, "\(answer.file)") {
          try decodeImage(atPath: Fixtures.path(answer.file), gray16: gray16)
        }
      } else {
        let image = try decodeImage(atPath: Fixtures.path(answer.file), gray16: gray16)
        #expect(summary(image) == answer.result, "\(answer.file) \(answer.argument)")
        #expect((image.warning != nil) == damaged.contains(answer.file), "\(answer.file)")
      }
    }
  }

  @Test func preparedPixelsAreTorchvisions() throws {
    let answers = try Answer.all("pixels")
    #expect(answers.count > 150)
    for answer in answers {
      let preprocessor = try Preprocessor(answer.record())
      let image = try preprocessor.preparePixels(atPath: Fixtures.path(answer.file))
      let result = summary(image.height, image.width, image.channels, image.pixels)
      #expect(result == answer.result, "\(answer.file) \(answer.argument)")
    }
  }

  @Test func preparedTensorsAreTorchvisions() throws {
    let answers = try Answer.all("tensor")
    #expect(answers.count > 50)
    for answer in answers {
      let preprocessor = try Preprocessor(answer.record())
      var tensor = [Float](repeating: .nan, count: preprocessor.elementCount)
      var span = tensor.mutableSpan
      _ = try preprocessor.prepareTensor(atPath: Fixtures.path(answer.file), into: &span)
      let result = summary(
        preprocessor.height, preprocessor.width, preprocessor.channels, littleEndianBytes(tensor))
      #expect(result == answer.result, "\(answer.file) \(answer.argument)")
    }
  }

  @Test func orientationIsReportedAndApplied() throws {
    for orientation in 1...8 {
      for policy in Preprocessing.ExifPolicy.allCases {
        let preprocessor = try Preprocessor(
          Preprocessing(inputSize: [3, 8, 8], resize: 9, crop: 8, exif: policy))
        let info = try preprocessor.preparePixels(atPath: Fixtures.path("exif-\(orientation).jpg")).info
        #expect(info.orientation == orientation)
        #expect(info.orientationApplied == (policy == .apply && orientation != 1))
        #expect(info.width == 24 && info.height == 16)
      }
    }
    #expect(try decodeImage(atPath: Fixtures.path("exif-6.png")).orientation == 6)
    #expect(try decodeImage(atPath: Fixtures.path("exif-8-behind.png")).orientation == 8)
  }

  @Test func orientationIsFoundWherePillowFindsIt() throws {
    let rows = try Fixtures.table("expected.tsv").filter { $0[0] == "orientation" }
    #expect(rows.count > 90)
    for row in rows {
      #expect(try decodeImage(atPath: Fixtures.path(row[1])).orientation == Int(row[2]), "\(row[1])")
    }
  }

  @Test func blueCanComeFirst() throws {
    for mode in Preprocessing.CropMode.allCases {
      var record = Preprocessing(
        inputSize: [3, 40, 40], resize: 45, crop: 40, cropMode: mode, mean: [0.1, 0.2, 0.3],
        std: [0.5, 0.6, 0.7])
      let straight = try tensor("wide.png", record)
      record.channelOrder = .bgr
      record.mean.reverse()
      record.std.reverse()
      let reversed = try tensor("wide.png", record)
      #expect(reversed != straight)
      for pixel in 0..<1600 {
        #expect(reversed[3 * pixel..<3 * pixel + 3].reversed() == Array(straight[3 * pixel..<3 * pixel + 3]))
      }
    }
  }

  private func tensor(_ name: String, _ record: Preprocessing) throws -> [Float] {
    var values = Array(repeating: Float(0), count: 4800)
    var span = values.mutableSpan
    _ = try Preprocessor(record).prepareTensor(atPath: Fixtures.path(name), into: &span)
    return values
  }

  @Test func onePreprocessorServesImagesOfAnySizeInAnyOrder() throws {
    let record = Preprocessing(inputSize: [3, 40, 40], resize: 45, crop: 40)
    let names = [
      "photo.jpg", "one-pixel.png", "rgba-16.png", "exif-6.jpg", "tall.png", "gray.jpg", "wide.png",
      "photo.jpg",
    ]
    let shared = try Preprocessor(record)
    for name in names {
      let fresh = try Preprocessor(record).preparePixels(atPath: Fixtures.path(name))
      #expect(try shared.preparePixels(atPath: Fixtures.path(name)) == fresh, "\(name)")
      #expect(try shared.preparePixels(Fixtures.bytes(name)) == fresh, "\(name) from memory")
      #expect(throws: ImageError(.empty, "")) { try shared.preparePixels([]) }
    }
  }

  @Test func threadsWithTheirOwnPreprocessorsDoNotDisturbEachOther() async throws {
    let record = Preprocessing(inputSize: [3, 40, 40], resize: 45, crop: 40)
    let names = ["photo.jpg", "cmyk.jpg", "rgba-8-interlaced.png", "exif-7.jpg", "420-progressive.jpg"]
    let alone = try Preprocessor(record)
    let expected = try names.map { try alone.preparePixels(atPath: Fixtures.path($0)) }
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let preprocessor = try Preprocessor(record)
          return try (0..<5).allSatisfy { _ in
            try names.map { try preprocessor.preparePixels(atPath: Fixtures.path($0)) } == expected
          }
        }
      }
      for try await isSame in group { #expect(isSame) }
    }
  }

  @Test func bytesAndFilesGiveTheSameTensor() throws {
    let preprocessor = try Preprocessor(Preprocessing(inputSize: [3, 40, 40], resize: 45, crop: 40))
    var fromFile = [Float](repeating: 0, count: preprocessor.elementCount)
    var fromBytes = fromFile
    var span = fromFile.mutableSpan
    let fileInfo = try preprocessor.prepareTensor(atPath: Fixtures.path("photo.jpg"), into: &span)
    span = fromBytes.mutableSpan
    let bytesInfo = try preprocessor.prepareTensor(Fixtures.bytes("photo.jpg"), into: &span)
    #expect(fromFile == fromBytes)
    #expect(fileInfo == bytesInfo)
  }

  @Test func channelsOtherThanOneAndThreeAreRefused() {
    for channels in [2, 4, 12] {
      let values = [Double](repeating: 0.5, count: channels)
      let record = Preprocessing(inputSize: [channels, 224, 224], mean: values, std: values)
      #expect(throws: ImageError(.channels, "")) { _ = try Preprocessor(record) }
    }
    #expect(throws: ImageError(.invalidRecord, "")) { _ = try Preprocessor(Preprocessing(crop: 100)) }
  }
}
