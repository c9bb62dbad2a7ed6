import Datasets
import ImageInput
import Messages
import ModelDescriptor
import ResNetGraph
import TestSupport
import Testing

@testable import Training

struct BatchLoaderTests {
  private let folder = TemporaryFolder()
  private let record = Preprocessing(
    inputSize: [3, 8, 8], resize: nil, crop: nil, mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.4])

  private func folderSet(_ counts: [(String, Int)] = [("a", 9), ("b", 8)]) throws -> ImageSet {
    ImageSamples.write(counts.map { (name: $0.0, count: $0.1) }, to: folder)
    return try ImageSet(path: folder.path)
  }

  private func loader(
    _ set: ImageSet, _ augmentation: Augmentation = .none, order: [Int]? = nil, capacity: Int = 4,
    epoch: Int = 1, seed: UInt64 = 7, workers: Int = 2, limit: Int? = nil,
    record: Preprocessing? = nil
  ) throws -> BatchLoader {
    try BatchLoader(
      set: set, order: order ?? Array(0..<set.count), preprocessing: record ?? self.record,
      augmentation: augmentation, capacity: capacity, epoch: epoch, seed: seed, workers: workers,
      unreadableLimit: limit)
  }

  /// All inputs of an epoch by the image, and the images in their order.
  private func inputs(_ loader: BatchLoader, capacity: Int = 4) throws -> (order: [Int], inputs: [[Float]]) {
    let batch = TrainingBatch(capacity: capacity, shape: FeatureShape(channels: 3, height: 8, width: 8))
    var order: [Int] = []
    var inputs: [[Float]] = []
    while let loaded = try loader.next(into: batch) {
      #expect(loaded.indices.count == batch.count)
      order += loaded.indices
      for slot in loaded.indices.indices {
        inputs.append(batch.withInput(slot) { span in span.indices.map { span[$0] } })
      }
    }
    return (order, inputs)
  }

  @Test(arguments: [0, 1, 3]) func withoutAugmentationInputsAreThePreprocessors(workers: Int) throws {
    let set = try folderSet()
    let order = [16, 3, 0, 5, 5, 9, 1]
    let (loaded, inputs) = try inputs(loader(set, order: order, workers: workers))
    #expect(loaded == order)
    let preprocessor = try Preprocessor(record)
    for (index, input) in zip(order, inputs) {
      var tensor = [Float](repeating: 0, count: preprocessor.elementCount)
      var span = tensor.mutableSpan
      _ = try preprocessor.prepareTensor(atPath: set.sources[index].description, into: &span)
      #expect(input == tensor, "\(index)")
    }
  }

  @Test func batchesAreFullAndBearTheClasses() throws {
    let set = try folderSet()
    let loader = try loader(set)
    let batch = TrainingBatch(capacity: 4, shape: FeatureShape(channels: 3, height: 8, width: 8))
    var counts: [Int] = []
    while let loaded = try loader.next(into: batch) {
      counts.append(loaded.indices.count)
      #expect(batch.targets == loaded.indices.map { TrainingBatch.Target(label: set.labelOfSource[$0]) })
    }
    #expect(counts == [4, 4, 4, 4, 1])
    #expect(batch.count == 0)
    #expect(try loader.next(into: batch) == nil)
  }

  @Test func chanceDependsOnSeedEpochAndImageAlone() throws {
    let set = try folderSet()
    let augmentation = try Augmentation("cifar,trivial,erasing=0.5")
    let order = Array(0..<set.count)
    let reference = try inputs(loader(set, augmentation)).inputs
    for workers in [0, 1, 4] {
      #expect(try inputs(loader(set, augmentation, workers: workers)).inputs == reference)
    }
    let backwards = try inputs(loader(set, augmentation, order: order.reversed(), capacity: 3)).inputs
    #expect(Array(backwards.reversed()) == reference)
    #expect(try inputs(loader(set, augmentation, epoch: 2)).inputs != reference)
    #expect(try inputs(loader(set, augmentation, seed: 8)).inputs != reference)
  }

  @Test func anImageThatComesAgainIsChangedAnew() throws {
    let set = try folderSet()
    let augmentation = Augmentation(transforms: [.randomCrop(padding: 6)])
    let inputs = try inputs(loader(set, augmentation, order: [8, 8, 8, 8, 8])).inputs
    #expect(Set(inputs).count > 1)
  }

  @Test func recordsAreReadPlaneByPlane() throws {
    let record = ImageSamples.record
    folder.write(record(3, 10, 20, 30) + record(4, 40, 50, 60), to: "data_batch_1.bin")
    let set = try ImageSet(path: folder.path)
    let plain = Preprocessing(
      inputSize: [3, 8, 8], resize: nil, crop: nil, mean: [0, 0, 0], std: [1, 1, 1])
    let inputs = try inputs(loader(set, record: plain)).inputs
    let expected = [[10, 20, 30], [40, 50, 60]].map { (pixel: [Float]) in
      Array(repeatElement(pixel.map { $0 / 255 }, count: 64).joined())
    }
    #expect(inputs == expected)
  }

  // MARK: Unreadable images

  @Test(arguments: [0, 2]) func unreadableImagesAreLeftOutAndNamed(workers: Int) throws {
    let set = try folderSet()
    folder.write(Array("text".utf8), to: "a/3.png")
    folder.write([], to: "b/0.png")
    let loader = try loader(set, workers: workers)
    let (order, _) = try inputs(loader)
    #expect(order == (0..<17).filter { $0 != 3 && $0 != 9 })
    #expect(loader.unreadableCount == 2)
    #expect(loader.unreadable.map(\.index) == [3, 9])
    #expect(loader.unreadable.map(\.source) == [3, 9].map { set.sources[$0] })
    #expect(loader.unreadable.first?.reason.contains("is not an image") == true)
  }

  @Test func tooManyUnreadableImagesEndTheTraining() throws {
    let set = try folderSet()
    for index in 0..<4 { folder.write([1], to: "a/\(index).png") }
    #expect(try inputs(loader(set, limit: 4)).order.count == 13)
    do {
      _ = try inputs(loader(set, limit: 3))
      Issue.record("four of them were accepted")
    } catch let error as TrainingError {
      #expect(error.code == .data)
      #expect(error.message.contains("a/0.png") && error.message.contains("\(Remedy.unreadableLimit)"))
    }
  }

  @Test func anEpochOfUnreadableImagesIsAnError() throws {
    let set = try folderSet([("a", 2), ("b", 2)])
    for index in 0..<2 {
      folder.write([1], to: "a/\(index).png")
      folder.write([1], to: "b/\(index).png")
    }
    let error = #expect(throws: TrainingError.self) { _ = try inputs(loader(set)) }
    #expect(error?.code == .data && error?.message.contains("none of the 4 images") == true)
  }

  @Test func aLoaderMayBeGivenUpAtAnyTime() throws {
    let set = try folderSet()
    let batch = TrainingBatch(capacity: 4, shape: FeatureShape(channels: 3, height: 8, width: 8))
    for round in 0..<50 {
      let loader = try loader(set, order: Array(repeating: round % 17, count: 400))
      _ = try loader.next(into: batch)
    }
  }

  @Test func otherChannelsThanAnImagesAreRefused() throws {
    let four = Preprocessing(
      inputSize: [4, 8, 8], resize: nil, crop: nil, mean: [0, 0, 0, 0], std: [1, 1, 1, 1])
    let set = try folderSet()
    #expect(throws: TrainingError(.data, "")) { _ = try loader(set, record: four) }
  }
}
