import Dispatch
import Inference
import Synchronization
import Testing

@testable import ResZoo

@Suite struct PicturePipelineTests {
  /// However long one picture takes, few of the others are done and kept meanwhile.
  @Test func aSlowPictureDoesNotLetTheOthersPileUp() throws {
    let pipeline = try PicturePipeline(
      sampleModel(), outputs: [0], options: .init(threads: 2, batch: 1))
    let sources = Array(repeating: PictureSource.file(path: SamplePictures.path("gray-8.png")), count: 60)
    let begun = Counter()
    var emitted = 0
    try pipeline.run(sources) { picture, _, _ -> Int in
      begun.raise()
      if picture == 0 {
        // Until all that may be begun is begun, and a moment for what may not.
        let limit = DispatchTime.now() + 20
        while begun.value < 6, DispatchTime.now() < limit {}
        let moment = DispatchTime.now() + 0.3
        while DispatchTime.now() < moment {}
      }
      return picture == 0 ? begun.value : 0
    } emit: { picture, outcome in
      let waiting = try outcome.value.get()
      #expect(waiting == (picture == 0 ? 6 : 0))
      emitted += 1
    }
    #expect(emitted == 60)
  }

  private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .sequentiallyConsistent) }
    func raise() { count.wrappingAdd(1, ordering: .sequentiallyConsistent) }
  }
}
