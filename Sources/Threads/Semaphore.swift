/// A number of permits that threads take and give back.
package final class Semaphore: @unchecked Sendable {
  private let monitor = Monitor()
  private var count: Int

  /// A semaphore with `count` permits to begin with.
  package init(_ count: Int) {
    self.count = count
  }

  /// Takes a permit, as soon as there is one.
  package func wait() {
    monitor.locked {
      while count == 0 { monitor.wait() }
      count -= 1
    }
  }

  /// Adds a permit.
  package func signal() {
    monitor.locked {
      count += 1
      monitor.wakeAll()
    }
  }
}
