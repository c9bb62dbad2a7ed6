// The names are those of reszoo.h.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

// The functions of reszoo.h about the library, texts and cancellations. The compiler compares each with its declaration there.
public import CResZoo
import Platform
import ResZoo
import Threads

@c @implementation public func reszoo_abi_version() -> Int32 { Int32(RESZOO_ABI_VERSION) }

@c @implementation public func reszoo_version() -> UnsafePointer<CChar>! {
  unsafe UnsafeRawPointer(libraryVersion.utf8Start).assumingMemoryBound(to: CChar.self)
}

@c @implementation public func reszoo_default_threads() -> Int {
  guard ForkedThread.isCurrent else { return WorkerPool.defaultThreadCount }
  return ForkedThread.stepAside { WorkerPool.defaultThreadCount } ?? 1
}

@c @implementation public func reszoo_free(_ text: UnsafeMutableRawPointer!) { unsafe free(text) }

@c @implementation public func reszoo_cancellation_create(
  _ cancellation: UnsafeMutablePointer<OpaquePointer?>!,
  _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    unsafe try required(cancellation, named: "cancellation").pointee = unsafe Handles.add(Cancellation())
  }
}

@c @implementation public func reszoo_cancellation_cancel(
  _ cancellation: OpaquePointer!, _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    unsafe try Handles.object(Cancellation.self, of: cancellation, named: "cancellation").cancel()
  }
}

@c @implementation public func reszoo_cancellation_close(
  _ cancellation: OpaquePointer!, _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    unsafe try Handles.remove(Cancellation.self, cancellation, named: "cancellation")
  }
}
