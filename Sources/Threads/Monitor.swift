import Platform

/// A lock whose holder can wait until another one has changed something.
@safe package final class Monitor: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  /// A lock that nobody holds.
  package init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(condition, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  /// Runs `body` while no other thread runs within the same monitor.
  package func locked<Result>(_ body: () -> Result) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return body()
  }

  /// Lets others in until one of them calls ``wakeAll()``; may return without that too. Only within ``locked(_:)``.
  package func wait() {
    unsafe pthread_cond_wait(condition, mutex)
  }

  /// As ``wait()``, and returns at a moment at the latest; nil for never.
  package func wait(until moment: ContinuousClock.Instant?) {
    guard let moment else { return wait() }
    let left = moment - .now
    guard left > .zero else { return }
    // The condition goes by the clock of the day; a step of it makes a wait longer or shorter, and the next one right again.
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    let nanoseconds = Int(left.components.attoseconds / 1_000_000_000) + time.tv_nsec
    // Far moments are a day away, so that no sum overflows.
    time.tv_sec += Int(min(left.components.seconds, 86_400)) + nanoseconds / 1_000_000_000
    time.tv_nsec = nanoseconds % 1_000_000_000
    unsafe pthread_cond_timedwait(condition, mutex, &time)
  }

  /// Wakes all threads that wait.
  package func wakeAll() {
    unsafe pthread_cond_broadcast(condition)
  }
}
