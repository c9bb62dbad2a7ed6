import Synchronization
import Threads

/// The objects that callers have handles of.
///
/// A handle is a number in the form of a pointer, which is used once and leads to nothing: whatever a caller does with it, no memory is
/// touched that is not there.
enum Handles {
  private struct Table {
    var objects: [UInt: any AnyObject & Sendable] = [:]
    var last: UInt = 0
  }

  private static let table = ForkMutex(Table())

  /// Handles are as far from each other as addresses of objects may be.
  private static let step: UInt = 16

  static func add(_ object: any AnyObject & Sendable) -> OpaquePointer? {
    let number = table.withLock { table in
      table.last += step
      table.objects[table.last] = object
      return table.last
    }
    return unsafe OpaquePointer(bitPattern: number)
  }

  /// The object of a handle, which stays for as long as the caller has it.
  static func object<Object: AnyObject & Sendable>(
    _ type: Object.Type, of handle: OpaquePointer?, named name: StaticString
  ) throws(CallError) -> Object {
    guard let handle = unsafe handle else { throw .null(name) }
    let number = UInt(bitPattern: handle)
    guard let object = table.withLock({ $0.objects[number] }) as? Object else { throw .closed(name) }
    return object
  }

  /// Takes a handle away. Its object goes when the last call that has it returns.
  static func remove<Object: AnyObject & Sendable>(
    _ type: Object.Type, _ handle: OpaquePointer?, named name: StaticString
  ) throws(CallError) {
    guard let handle = unsafe handle else { return }
    let number = UInt(bitPattern: handle)
    let object = table.withLock { table -> (any AnyObject & Sendable)? in
      guard table.objects[number] is Object else { return nil }
      return table.objects.removeValue(forKey: number)
    }
    guard object != nil else { throw .closed(name) }
  }
}

/// A wish of any thread that calls end.
final class Cancellation: Sendable {
  private let isAsked = Atomic<Bool>(false)

  func cancel() { isAsked.store(true, ordering: .relaxed) }

  /// - Throws: `RESZOO_CANCELLED` when the wish was made.
  func check() throws(CallError) {
    guard isAsked.load(ordering: .relaxed) else { return }
    throw CallError(.cancelled, "the call was cancelled")
  }
}
