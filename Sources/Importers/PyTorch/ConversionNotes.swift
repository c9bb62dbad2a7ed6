/// Which integers were converted to float32.
struct ConversionNotes {
  private var counts: [String: Int] = [:]
  private var inexact: [String] = []

  mutating func count(_ type: ScalarType) { counts[type.rawValue, default: 0] += 1 }
  mutating func addInexact(_ name: String) { inexact.append(name) }

  var sentences: [String] {
    var sentences = counts.sorted { $0.key < $1.key }.map { type, count in
      "types: \(count) tensors of \(type) became float32"
    }
    if let first = inexact.first {
      let more = inexact.count > 1 ? " and \(inexact.count - 1) other tensors" : ""
      sentences.append("rounded: \(first)\(more) had numbers that float32 does not have")
    }
    return sentences
  }
}
