import Threads

/// Puts results that come from several threads into order.
final class OrderedQueue<Element: Sendable> {
  private struct State {
    var waiting: [Int: (first: Int, elements: [Element])] = [:]
    var next = 0
    var error: (any Error)?
  }

  private let emit: (Int, Element) throws -> Void
  private let state = Locked(State())

  init(emit: @escaping (Int, Element) throws -> Void) {
    self.emit = emit
  }

  var hasFailed: Bool {
    state.withLock { $0.error != nil }
  }

  /// Emits the elements of the run when all runs before it are out.
  ///
  /// - Returns: the number of runs that came out; 1 after an error, as no run waits for its turn any more.
  func put(_ elements: [Element], run: Int, first: Int) -> Int {
    state.withLock { state in
      state.waiting[run] = (first, elements)
      let start = state.next
      while state.error == nil, let ready = state.waiting.removeValue(forKey: state.next) {
        state.next += 1
        do {
          for (offset, element) in ready.elements.enumerated() { try emit(ready.first + offset, element) }
        } catch {
          state.error = error
        }
      }
      return state.error == nil ? state.next - start : 1
    }
  }

  func rethrow() throws {
    if let error = state.withLock({ $0.error }) { throw error }
  }
}
