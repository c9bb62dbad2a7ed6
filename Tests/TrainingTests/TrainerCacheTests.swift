import Datasets
import Files
import ImageInput
import Messages
import ModelDescriptor
import Platform
import ResNetModel
import TensorCore
import TestSupport
import Testing

@testable import Training

/// Trainings whose frozen part is computed once.
struct TrainerCacheTests {
  private var fixture: TrainerFixture

  init() throws { fixture = try TrainerFixture() }

  /// Trains the last stage and the head.
  private func job(
    _ output: String, cache: FeatureCacheOptions?, change: (inout TrainingOptions) throws -> Void = { _ in }
  ) throws -> TrainingJob {
    try fixture.job(output) {
      $0.selection = try LayerSelection("layer2,fc")
      $0.cache = cache
      try change(&$0)
    }
  }

  private func options(limit: Int = 1 << 20, storage: ElementType = .float32) -> FeatureCacheOptions {
    FeatureCacheOptions(storage: storage, limit: limit, folder: fixture.folder.file("features"))
  }

  /// The file that comes of a job, and how many features were computed to be kept and read.
  private func run(
    _ job: TrainingJob
  ) throws -> (file: [UInt8], computed: Int, read: Int) {
    let trainer = try Trainer(job)
    _ = try trainer.run()
    let kept = [trainer.feed, trainer.validationFeed].compactMap { $0?.cached }
    return (
      readFile(job.output), kept.reduce(0) { $0 + $1.computedCount }, kept.reduce(0) { $0 + $1.readCount }
    )
  }

  @Test func keptFeaturesGiveTheFileOfThoseComputedInEachEpoch() throws {
    let plain = try run(job("plain", cache: nil))
    #expect(plain.computed == 0 && plain.read == 0 && !plain.file.isEmpty)
    // Four epochs on four images, which are also those to validate with.
    let first = try run(job("first", cache: options()))
    #expect(first.file == plain.file)
    #expect(first.computed + first.read == 32 && first.computed <= 8)
    let second = try run(job("second", cache: options()))
    #expect(second.file == plain.file)
    #expect(second.computed == 0 && second.read == 32)
    let none = try run(job("none", cache: options(limit: 0)))
    #expect(none.file == plain.file)
    #expect(none.computed == 32)
  }

  /// Spoils the data of a cache in place after some steps.
  private final class Spoiler: TrainingObserver {
    let path: String
    let spoil: (Int32) -> Void
    private(set) var notices: [String] = []

    init(_ path: String, _ spoil: @escaping (Int32) -> Void) {
      self.path = path
      self.spoil = spoil
    }

    func didFinish(step: StepRecord) {
      guard step.step == 3 else { return }
      let descriptor = unsafe open(path, O_WRONLY)
      defer { close(descriptor) }
      spoil(descriptor)
    }

    func didNotice(_ text: String) { notices.append(text) }
  }

  @Test func dataThatOthersChangeDuringATrainingAreComputedAgain() throws {
    let plain = try run(job("plain", cache: nil))
    let spoilings: [(Int32) -> Void] = [
      { ftruncate($0, 0) }, { ftruncate($0, 100) },
      { unsafe _ = pwrite($0, [UInt8](repeating: 0x40, count: 500), 500, 20) },
    ]
    for (number, spoil) in spoilings.enumerated() {
      _ = try run(job("first\(number)", cache: options()))
      let folder = fixture.folder.file("features")
      let name = try #require(TemporaryFolder.names(in: folder).first { $0.hasSuffix(".data") })
      let spoiler = Spoiler(folder + "/" + name, spoil)
      let job = try job("spoiled\(number)", cache: options())
      _ = try Trainer(job, observers: [spoiler]).run()
      #expect(readFile(job.output) == plain.file)
      #expect(spoiler.notices.contains { $0.contains("kept features were damaged") }, "\(spoiler.notices)")
      for name in TemporaryFolder.names(in: folder) { removeFile(folder + "/" + name) }
    }
  }

  @Test func featuresOfAFileAreNotThoseOfTheModelThatItClaimsToBe() throws {
    let (mine, other) = (fixture.folder.file("mine.rzoo"), fixture.folder.file("other.rzoo"))
    try fixture.model.write(to: mine)
    let stranger = try Model(
      untrained: fixture.model.descriptor.architecture,
      preprocessing: fixture.model.descriptor.preprocessing, labels: ["a", "b"], seed: 9)
    try stranger.write(to: other)
    let forged = fixture.folder.write(claimingRoot(of: readFile(mine), readFile(other)), to: "forged.rzoo")
    func trained(_ path: String, to output: String, cache: FeatureCacheOptions?) throws -> TrainingJob {
      var job = try job(output, cache: cache)
      job.model = try Model(contentsOf: path)
      return job
    }
    let plain = try run(trained(mine, to: "plain", cache: nil))
    #expect(try run(trained(forged, to: "poison", cache: options())).computed > 0)
    let kept = try run(trained(mine, to: "kept", cache: options()))
    #expect(kept.file == plain.file && kept.computed > 0)
    #expect(try run(trained(mine, to: "again", cache: options())).computed == 0)
  }

  @Test func whereAllIsKeptTheFrozenPartIsNotPrepared() throws {
    for (output, isNeeded) in [("first", true), ("second", false)] {
      let trainer = try Trainer(job(output, cache: options()))
      #expect(trainer.keptFeatures == .all)
      _ = try trainer.run()
      #expect(trainer.feed.backbone?.isPrepared == isNeeded)
    }
  }

  @Test(arguments: [ElementType.float32, .bfloat16])
  func versionsOfImagesTakeTurns(storage: ElementType) throws {
    func augmented(_ options: inout TrainingOptions) {
      options.augmentation = .cifar
      options.views = 2
      options.order = .balanced
    }
    let first = try run(job("first", cache: options(storage: storage), change: augmented))
    #expect(first.computed <= 12)
    let second = try run(job("second", cache: options(storage: storage), change: augmented))
    #expect(second.computed == 0)
    let none = try run(job("none", cache: options(limit: 0, storage: storage), change: augmented))
    #expect(first.file == none.file && second.file == none.file)
    let recipe = try Model(contentsOf: fixture.folder.file("first")).descriptor.recipe
    #expect(recipe["cache-views"] == "2")
    #expect(recipe["cache-type"] == (storage == .bfloat16 ? "bf16" : nil))
    let other = try run(job("other", cache: options(storage: storage)) { $0.augmentation = .cifar })
    // Images that are augmented anew in each epoch are not kept; those to validate with are there.
    #expect(other.computed == 0 && other.read == 16)
  }

  @Test mutating func anImageThatComesTwiceInABatchIsOneVersion() throws {
    fixture.set = ImageSet(sources: fixture.set.sources, labels: ["a", "b"], labelOfSource: [0, 0, 0, 1])
    func balanced(_ options: inout TrainingOptions) {
      options.augmentation = .cifar
      options.views = 1
      options.order = .balanced
      options.batch = 4
    }
    let kept = try run(job("kept", cache: options(), change: balanced))
    let computed = try run(job("computed", cache: options(limit: 0), change: balanced))
    #expect(kept.file == computed.file)
  }

  @Test mutating func whatCannotBeReadIsLeftOutAlike() throws {
    let broken = fixture.folder.write([1, 2, 3], to: "broken.jpg")
    fixture.set = ImageSet(
      sources: [.file(path: broken)] + fixture.set.sources, labels: ["a", "b"],
      labelOfSource: [1, 0, 0, 1, 1])
    let plain = try run(job("plain", cache: nil))
    #expect(try run(job("kept", cache: options())).file == plain.file)
    let again = try run(job("again", cache: options()))
    #expect(again.file == plain.file && again.computed == 0)
  }

  @Test(arguments: [1, 3, 5, 7]) func aTrainingThatIsStoppedAndGoesOnEndsAlike(steps: Int) throws {
    func change(_ options: inout TrainingOptions) throws {
      try fixture.everything(&options)
      options.views = 2
    }
    let whole = try run(job("whole", cache: options(limit: 0), change: change))
    var cut = try job("cut", cache: options(), change: change)
    try fixture.interrupt(cut, after: steps)
    cut.resumption = .resume
    #expect(try run(cut).file == whole.file)
  }

  @Test func aCacheWithoutRoomIsTold() throws {
    final class Listener: TrainingObserver {
      var notices: [String] = []
      func didNotice(_ message: String) { notices.append(message) }
    }
    let listener = Listener()
    _ = try Trainer(job("tight", cache: options(limit: 1)), observers: [listener]).run()
    // Once, although it is the same of the training and the validation images.
    #expect(listener.notices.count { $0.contains("raise the limit") } == 1, "\(listener.notices)")
    // The validation images are also trained on.
    #expect(listener.notices.count { $0.hasPrefix("4 of the 4 validation images") } == 1)
  }

  @Test func mixedFeaturesAreNotKept() throws {
    func mixed(_ options: inout TrainingOptions) throws { options.mixing = try BatchMixing(mixup: 0.4) }
    let first = try run(job("first", cache: options(), change: mixed))
    #expect(try run(job("second", cache: options(), change: mixed)).file == first.file)
    #expect(try run(job("none", cache: nil, change: mixed)).file == first.file)
    #expect(try run(job("plain", cache: options())).file != first.file)
    #expect(try Model(contentsOf: fixture.folder.file("first")).descriptor.recipe["mixup"] == "0.4")
  }

  @Test func partsOfImagesAreMixedOnlyWhereImagesGoIn() throws {
    func mixed(_ options: inout TrainingOptions) throws { options.mixing = try BatchMixing(cutmix: 1) }
    let error = #expect(throws: TrainingError.self) {
      try Trainer(job("frozen", cache: nil, change: mixed))
    }
    #expect(error?.code == .options)
    let whole = try fixture.job("whole", change: mixed)
    #expect(try run(whole).file != run(fixture.job("plain") { _ in }).file)
  }

  @Test func aViewWithoutAugmentationIsTheOnlyOne() throws {
    #expect(throws: TrainingError(.options, "")) {
      try Trainer(job("views", cache: options()) { $0.views = 2 })
    }
  }
}
