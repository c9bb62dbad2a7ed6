import Messages

extension PickleHeap {
  /// A key as Python compares it with others: a truth is a number, and a number is equal to another one of its value.
  private enum PlainKey: Hashable {
    case none
    case text(String)
    case int(Int)
    case float(Double)
  }

  /// The first key that Python takes for an earlier one, in words: the later value then stands in the place of the earlier one. Nil where all
  /// differ, as they do in everything that Python pickles. Keys of other types than numbers and texts are not looked at.
  ///
  /// - Complexity: O(number of entries).
  func repeatedKey(_ entries: [PickleEntry]) -> String? {
    var keys: Set<PlainKey> = []
    keys.reserveCapacity(entries.count)
    for entry in entries {
      guard let key = plainKey(entry.key), !keys.insert(key).inserted else { continue }
      return switch key {
      case .none: "the key None"
      case .text(let text): "the key '\(text.excerpt)'"
      case .int(let number): "the key \(number)"
      case .float(let number): "the key \(number)"
      }
    }
    return nil
  }

  private func plainKey(_ value: PickleValue) -> PlainKey? {
    switch value {
    case .none: PlainKey.none
    case .bool(let flag): .int(flag ? 1 : 0)
    case .int(let number): .int(number)
    case .float(let number): number.isNaN ? nil : Int(exactly: number).map(PlainKey.int) ?? .float(number)
    case .node: string(value).map(PlainKey.text)
    }
  }
}
