/// Safetensors files, put together rightly or wrongly.
enum SafetensorsBytes {
  /// A file with this header and so many bytes of data, zero each.
  static func file(header: String, data: Int) -> [UInt8] {
    let json = Array(header.utf8)
    return length(json.count) + json + [UInt8](repeating: 0, count: data)
  }

  static func length(_ count: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } }
}
