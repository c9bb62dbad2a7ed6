// The functions of reszoo.h about the library, texts and cancellations. The compiler compares each with its declaration there.
public import CResZoo
import Platform
import ResZoo
import Threads

@c(reszoo_abi_version) @implementation public func reszooAbiVersion() -> Int32 { Int32(RESZOO_ABI_VERSION) }

@c(reszoo_version) @implementation public func reszooVersion() -> UnsafePointer<CChar>! {
  unsafe UnsafeRawPointer(libraryVersion.utf8Start).assumingMemoryBound(to: CChar.self)
}

@c(reszoo_default_threads) @implementation public func reszooDefaultThreads() -> Int {
  WorkerPool.defaultThreadCount
}

@c(reszoo_free) @implementation public func reszooFree(_ text: UnsafeMutableRawPointer!) { unsafe free(text) }

@c(reszoo_cancellation_create) @implementation public func reszooCancellationCreate(
  _ cancellation: UnsafeMutablePointer<OpaquePointer?>!,
  _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    unsafe try required(cancellation, named: "cancellation").pointee = unsafe Handles.add(Cancellation())
  }
}

@c(reszoo_cancellation_cancel) @implementation public func reszooCancellationCancel(
  _ cancellation: OpaquePointer!, _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    unsafe try Handles.object(Cancellation.self, of: cancellation, named: "cancellation").cancel()
  }
}

@c(reszoo_cancellation_close) @implementation public func reszooCancellationClose(
  _ cancellation: OpaquePointer!, _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    unsafe try Handles.remove(Cancellation.self, cancellation, named: "cancellation")
  }
}
