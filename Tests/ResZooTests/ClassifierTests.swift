import Foundation
import ResZoo
import TestSupport
import Testing

@Suite struct ClassifierTests {
  @Test func resultsKeepTheOrderAndDoNotDependOnBatchOrThreads() throws {
    let model = try sampleModel()
    let paths = (0..<5).flatMap { _ in SampleImages.sound.map(SampleImages.path) }
    let alone = Classifier(model, threads: 1, batch: 1)
    let want = try paths.map { try alone.classify($0) }
    #expect(Set(want).count > 3)
    for (threads, batch) in [(1, 1), (1, 8), (2, 3), (3, 16), (4, 2)] {
      var inputs: [String] = []
      var got: [Classification] = []
      try Classifier(model, threads: threads, batch: batch).classify(files: paths) { result in
        inputs.append(result.input)
        got.append(try result.outcome.get())
      }
      #expect(inputs == paths)
      #expect(got == want, "\(threads) threads, batch \(batch)")
    }
  }

  @Test func aDamagedImageGetsOneErrorInItsPlace() throws {
    let folder = TemporaryFolder()
    let text = folder.write(Array("no image".utf8), to: "text.jpg")
    let empty = folder.write([], to: "empty.png")
    let sound = SampleImages.sound.map(SampleImages.path)
    let paths = [
      text, sound[0], sound[1], folder.path, sound[2], empty, folder.file("missing.jpg"), sound[3],
    ]
    let classifier = Classifier(try sampleModel(), threads: 2, batch: 4)
    var codes: [ImageError.Code?] = []
    var answers: [Classification] = []
    try classifier.classify(files: paths) { result in
      switch result.outcome {
      case .success(let answer):
        codes.append(nil)
        answers.append(answer)
      case .failure(let error):
        codes.append(error.code)
      }
    }
    #expect(codes == [.notAnImage, nil, nil, .notAFile, nil, .empty, .notFound, nil])
    #expect(answers == (try sound[0..<4].map { try classifier.classify($0) }))
  }

  @Test func bytesFilesAndTensorsAgree() throws {
    let classifier = try Classifier(sampleModel(labels: ["a", "b", "c", "d"]))
    let path = SampleImages.path("photo.jpg")
    let want = try classifier.classify(path, top: 2)
    #expect(want.top.count == 2)
    #expect(want.top.allSatisfy { $0.label != nil })
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    #expect(try classifier.classify(image: bytes, top: 2) == want)

    let preprocessor = try Preprocessor(classifier.preprocessing)
    var interleaved = AlignedBuffer(floatCount: preprocessor.elementCount)
    var span = interleaved.mutableFloats
    _ = try preprocessor.prepareTensor(atPath: path, into: &span)
    let pixels = preprocessor.height * preprocessor.width
    let planar = (0..<3 * pixels).map { span[$0 % pixels * 3 + $0 / pixels] }
    let input = Tensor(shape: [1, 3, preprocessor.height, preprocessor.width], floats: planar)
    #expect(try classifier.classify(input, top: 2) == [want])
  }

  @Test func whatTheReceiverThrowsEndsTheWork() throws {
    struct Stop: Error {}
    let classifier = Classifier(try sampleModel(), threads: 2, batch: 1)
    let paths = Array(repeating: SampleImages.path("photo.jpg"), count: 200)
    var count = 0
    #expect(throws: Stop.self) {
      try classifier.classify(files: paths) { _ in
        count += 1
        if count == 3 { throw Stop() }
      }
    }
    #expect(count == 3)
  }

  @Test func probabilitiesAreASoftmax() throws {
    let answer = try Classifier(try sampleModel()).classify(SampleImages.path("420.jpg"), top: 100)
    #expect(answer.top.count == 4)
    // Four roundings of a sum that is 1.
    #expect(abs(answer.top.reduce(0) { $0 + $1.probability } - 1) < 1e-15)
    #expect(answer.top.map(\.logit) == answer.top.map(\.logit).sorted(by: >))
    let ratio = answer.top[0].probability / answer.top[1].probability
    #expect(abs(ratio - exp(Double(answer.top[0].logit) - Double(answer.top[1].logit))) < 1e-9 * ratio)
  }

  @Test func probabilitiesOfOtherAnswersAreSigmoids() throws {
    for (answer, classes) in [(Architecture.Answer.several, 4), (.binary, 1)] {
      let plain = try sampleModel(classes: classes)
      var descriptor = plain.descriptor
      descriptor.architecture.answer = answer
      let model = try Model(descriptor: descriptor, tensors: plain.tensors)
      let found = try Classifier(model).classify(SampleImages.path("420.jpg"), top: 9).top
      #expect(found.count == classes)
      #expect(found.map(\.logit) == found.map(\.logit).sorted(by: >))
      for prediction in found {
        let sigmoid = 1 / (1 + exp(-Double(prediction.logit)))
        #expect(abs(prediction.probability - sigmoid) < 1e-15)
      }
    }
  }

  @Test func aNetworkWithoutAHeadGivesFeaturesAndNoClasses() throws {
    var architecture = try Architecture.preset(named: "small_resnet18")
    architecture.name = nil
    architecture.head = .none
    architecture.classes = 64
    let model = try Model(untrained: architecture, seed: 2)
    #expect(throws: InferenceError(.answer, "")) { try Classifier(model) }
    let path = SampleImages.path("photo.jpg")
    let features = try FeatureExtractor(model).features(of: path)
    #expect(features.shape.dimensions == [64])
  }

  @Test func exifIsAppliedUnlessItIsIgnored() throws {
    let model = try sampleModel()
    let path = SampleImages.path("exif-6.jpg")
    let upright = try Classifier(model).classify(path)
    let asStored = try Classifier(model, options: .init(ignoresExif: true)).classify(path)
    #expect(upright != asStored)
  }
}

extension Classifier {
  convenience init(_ model: Model, threads: Int, batch: Int) {
    do {
      try self.init(model, options: Options(threads: threads, batch: batch))
    } catch {
      preconditionFailure("\(error)")
    }
  }
}
