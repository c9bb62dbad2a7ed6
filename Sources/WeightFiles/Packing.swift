import Messages

/// Checks that every byte of some data belongs to exactly one tensor.
///
/// - Parameters:
///   - ranges: each tensor's name and where its bytes lie; an empty one must stand where another ends or begins.
///   - total: the size of the data in bytes.
///   - file: the file that it is about, for messages.
/// - Throws: ``WeightFileError`` with `overlap` or `unclaimedBytes`.
/// - Complexity: O(n log n) in the number of tensors.
func requirePacked(
  _ ranges: [(name: String, bytes: Range<Int>)], total: Int, file: String
) throws(WeightFileError) {
  var end = 0
  var last = "the beginning"
  let ordered = ranges.sorted {
    ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
  }
  for (name, bytes) in ordered {
    guard bytes.lowerBound >= end else {
      throw WeightFileError(
        .overlap, file: file,
        "\(name) begins at byte \(bytes.lowerBound), within \(last), which ends at \(end)")
    }
    guard bytes.lowerBound == end else {
      throw WeightFileError(
        .unclaimedBytes, file: file,
        "bytes \(end) to \(bytes.lowerBound), between \(last) and \(name), belong to no tensor")
    }
    end = bytes.upperBound
    last = name
  }
  guard end == total else {
    throw WeightFileError(
      .unclaimedBytes, file: file, "\(total) bytes, but the last tensor (\(last)) ends at byte \(end)")
  }
}
