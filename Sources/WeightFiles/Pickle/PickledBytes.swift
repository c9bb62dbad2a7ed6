/// The place of bytes that a pickle holds in its file.
struct PickledBytes: Equatable {
  var range: Range<Int>
  /// True if it is a text in UTF-8, each of whose characters stands for one byte (Latin-1), as Python 3 writes bytes for Python 2.
  var isText = false

  /// True if so many bytes can stand there.
  func canHold(_ count: Int) -> Bool {
    isText ? range.count >= count && range.count / 2 <= count : range.count == count
  }
}
