import Platform

/// A thread of its own that nobody waits for.
package final class DetachedThread: Sendable {
  private let body: @Sendable () -> Void

  private init(_ body: @escaping @Sendable () -> Void) {
    self.body = body
  }

  /// Starts a thread that ends with `body`; false when the system gives none.
  package static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    let handle = unsafe Unmanaged.passRetained(DetachedThread(body))
    #if canImport(Glibc)
    var thread = pthread_t()
    #else
    var thread: pthread_t?
    #endif
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let status = unsafe pthread_create(
      &thread, &attributes,
      { context in
        #if canImport(Glibc)
        guard let context = unsafe context else { return nil }
        #endif
        unsafe Unmanaged<DetachedThread>.fromOpaque(context).takeRetainedValue().body()
        return nil
      }, handle.toOpaque())
    unsafe pthread_attr_destroy(&attributes)
    guard status == 0 else {
      unsafe handle.release()
      return false
    }
    return true
  }
}
