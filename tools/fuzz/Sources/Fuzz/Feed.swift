/// Called by libFuzzer with every input. `tools/fuzz/run` builds and starts it.
@_cdecl("LLVMFuzzerTestOneInput")
public func feed(bytes: UnsafePointer<UInt8>?, count: Int) -> CInt {
  selectedTarget.feed(unsafe Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}
