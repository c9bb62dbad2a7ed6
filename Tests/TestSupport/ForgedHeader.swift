/// A checkpoint whose header claims the content root of another one, with every checksum right.
package func claimingRoot(of model: [UInt8], _ checkpoint: [UInt8]) -> [UInt8] {
  var bytes = checkpoint
  bytes.replaceSubrange(40..<72, with: model[40..<72])
  let sum = checksum(bytes[..<92])
  bytes.replaceSubrange(92..<96, with: (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) })
  return bytes
}

/// CRC-32C.
private func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  var sum: UInt32 = .max
  for byte in bytes {
    sum ^= UInt32(byte)
    for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
  }
  return ~sum
}
