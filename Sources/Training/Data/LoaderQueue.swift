import TensorCore
import Threads

/// The images of an epoch between the lanes that prepare them and the batch that takes them: a ring of slots for the
/// next places of the order. A lane claims the first places that nobody has, and their slots are its own until it has
/// published them; then they are the taker's until it releases them.
@safe final class LoaderQueue: @unchecked Sendable {
  private let count: Int
  private let slotCount: Int
  private let slotBytes: Int
  private let slots: AlignedBuffer
  private let monitor = Monitor()
  private var outcomes: [LoadOutcome]
  private var nextToClaim = 0
  private var nextToTake = 0
  private var isStopped = false

  /// - Parameters:
  ///   - count: places of the order.
  ///   - slotCount: images that may be ready or on their way.
  ///   - slotBytes: bytes of an image's pixels.
  init(count: Int, slotCount: Int, slotBytes: Int) {
    self.count = count
    self.slotCount = slotCount
    self.slotBytes = slotBytes
    slots = AlignedBuffer(byteCount: slotCount * slotBytes, uninitialized: true)
    outcomes = Array(repeating: .pending, count: slotCount)
  }

  /// The pixels of a place that is the caller's.
  func pixels(of place: Int) -> UnsafeMutablePointer<UInt8> {
    unsafe slots.baseAddress.assumingMemoryBound(to: UInt8.self) + place % slotCount * slotBytes
  }

  /// The next places to prepare, at most `limit`, as soon as there are free slots; nil when there is nothing more to do.
  ///
  /// - Parameter waits: false to get none rather than to wait.
  func claim(limit: Int, waits: Bool = true) -> Range<Int>? {
    monitor.locked {
      while waits, !isStopped, nextToClaim < count, nextToClaim >= nextToTake + slotCount { monitor.wait() }
      let end = min(nextToClaim + limit, nextToTake + slotCount, count)
      guard !isStopped, nextToClaim < end else { return nil }
      defer { nextToClaim = end }
      return nextToClaim..<end
    }
  }

  /// Hands over places that were claimed.
  func publish(_ places: Range<Int>, _ results: [LoadOutcome]) {
    monitor.locked {
      for (place, result) in zip(places, results) { outcomes[place % slotCount] = result }
      if places.contains(nextToTake) { monitor.wakeAll() }
    }
  }

  /// Waits for the next place, and gives its outcome and those of the places behind it that are ready too.
  ///
  /// - Parameter limit: most places; at least one.
  func waitForNext(limit: Int) -> [LoadOutcome] {
    monitor.locked {
      while case .pending = outcomes[nextToTake % slotCount] { monitor.wait() }
      var ready: [LoadOutcome] = []
      for place in nextToTake..<min(nextToTake + min(limit, slotCount), count) {
        if case .pending = outcomes[place % slotCount] { break }
        ready.append(outcomes[place % slotCount])
      }
      return ready
    }
  }

  /// Gives back the slots of the next `count` places.
  func release(_ count: Int) {
    monitor.locked {
      for place in nextToTake..<nextToTake + count { outcomes[place % slotCount] = .pending }
      nextToTake += count
      monitor.wakeAll()
    }
  }

  /// Ends the lanes as soon as they have finished what they are at.
  func stop() {
    monitor.locked {
      isStopped = true
      monitor.wakeAll()
    }
  }
}
