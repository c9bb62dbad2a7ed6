import Dispatch
import Inference
import Synchronization
import Testing

@testable import ResZoo

@Suite struct ImagePipelineTests {
  /// However long one image takes, few of the others are done and kept meanwhile.
  @Test func aSlowImageDoesNotLetTheOthersPileUp() throws {
    let pipeline = try ImagePipeline(
      sampleModel(), outputs: [0], options: .init(threads: 2, batch: 1))
    let sources = Array(repeating: ImageSource.file(path: SampleImages.path("gray-8.png")), count: 60)
    let begun = Counter()
    var emitted = 0
    try pipeline.run(sources) { ran -> Int in
      begun.raise()
      if ran.image == 0 {
        // Until all that may be begun is begun, and a moment for what may not.
        let limit = DispatchTime.now() + 20
        while begun.value < 6, DispatchTime.now() < limit {}
        let moment = DispatchTime.now() + 0.3
        while DispatchTime.now() < moment {}
      }
      return ran.image == 0 ? begun.value : 0
    } emit: { image, outcome in
      let waiting = try outcome.value.get()
      #expect(waiting == (image == 0 ? 6 : 0))
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
