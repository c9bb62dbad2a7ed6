// The form of every call from C: errors become statuses and texts, and arguments are checked before they are used.
import CResZoo
import Platform
import Threads

typealias MessagePlace = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// Runs the body of a function of the interface.
///
/// - Parameter message: gets the text of an error, NULL without one.
func call(_ message: MessagePlace?, _ body: () throws -> Void) -> reszoo_status {
  guard ForkedThread.isCurrent else { return unsafe finish(message, body) }
  if let status = ForkedThread.stepAside({ unsafe finish(message, body) }) { return status }
  return unsafe finish(message) {
    throw CallError(.noMemory, "the system gives no thread, which a child of fork needs")
  }
}

private func finish(_ message: MessagePlace?, _ body: () throws -> Void) -> reszoo_status {
  unsafe message?.pointee = nil
  do {
    try body()
    return reszoo_status(RESZOO_OK)
  } catch {
    let error = CallError(error)
    unsafe message?.pointee = unsafe copied(error.message)
    return error.status.code
  }
}

/// A text in memory that reszoo_free gives back; NULL when there is no memory. A NUL within it becomes U+FFFD, lest it ends there.
func copied(_ text: String) -> UnsafeMutablePointer<CChar>? {
  let text = text.utf8.contains(0) ? String(text.map { $0 == "\0" ? "\u{FFFD}" : $0 }) : text
  return unsafe text.withCString { unsafe strdup($0) }
}

/// The text that a caller gives; nil for NULL.
///
/// - Throws: `RESZOO_INVALID_ARGUMENT` when it is not UTF-8.
func text(_ pointer: UnsafePointer<CChar>?, named name: StaticString) throws(CallError) -> String? {
  guard let pointer = unsafe pointer else { return nil }
  guard let text = unsafe String(validatingCString: pointer) else { throw .invalid("\(name) is not UTF-8") }
  return text
}

/// A pointer that must not be NULL, to where a value of its type may lie.
func required<Value>(
  _ pointer: UnsafeMutablePointer<Value>?, named name: StaticString
) throws(CallError) -> UnsafeMutablePointer<Value> {
  guard let pointer = unsafe pointer else { throw .null(name) }
  guard UInt(bitPattern: pointer) % UInt(MemoryLayout<Value>.alignment) == 0 else {
    throw .invalid("\(name) is not aligned to \(MemoryLayout<Value>.alignment) bytes")
  }
  return unsafe pointer
}

/// A structure that a caller gives, which begins with its size; nil for NULL.
///
/// - Throws: `RESZOO_INVALID_ARGUMENT` when the size is not that of this version's structure, unless what follows is 0, as a later
///   version's structure without its new members has it.
func structure<Value>(
  _ pointer: UnsafePointer<Value>?, named name: StaticString
) throws(CallError) -> Value? {
  guard let pointer = unsafe pointer else { return nil }
  let place = unsafe try required(UnsafeMutablePointer(mutating: pointer), named: name)
  let bytes = UnsafeRawPointer(place)
  let size = unsafe bytes.load(as: UInt.self)
  let own = UInt(MemoryLayout<Value>.size)
  guard size >= own, size <= structureLimit else {
    throw .invalid("\(name)->struct_size is \(size); it must be \(own), the size of the structure")
  }
  for index in own..<size where unsafe bytes.load(fromByteOffset: Int(index), as: UInt8.self) != 0 {
    throw .invalid("\(name) has a member that this version does not know")
  }
  return unsafe place.pointee
}

/// Bytes of a structure that a later version may have; more is a size that was not set.
private let structureLimit: UInt = 4096

/// A number of things, as far as there can be so many.
///
/// - Parameter byteCount: the size of each.
func count(_ number: Int, of byteCount: Int = 1, named name: StaticString) throws(CallError) -> Int {
  // size_t is imported as Int: sizes beyond are negative.
  let (_, overflow) = number.multipliedReportingOverflow(by: byteCount)
  guard number >= 0, !overflow else { throw .invalid("\(name) is too large: \(UInt(bitPattern: number))") }
  return number
}

/// A product of sizes.
func product(_ sizes: Int..., named name: StaticString) throws(CallError) -> Int {
  var product = 1
  for size in sizes {
    let (next, overflow) = product.multipliedReportingOverflow(by: size)
    guard !overflow, next <= Int.max / 16 else {
      throw .invalid("\(name) of \(sizes.map(String.init).joined(separator: " × ")) elements is too large")
    }
    product = next
  }
  return product
}

/// True if a choice among two is the second.
func flag(_ number: Int32, named name: StaticString) throws(CallError) -> Bool {
  guard number == 0 || number == 1 else { throw .invalid("\(name) is \(number); it must be 0 or 1") }
  return number == 1
}
