import Messages

/// The values of a training checkpoint that the weights do not need: they are not read, but listed.
struct SkippedValues {
  let heap: PickleHeap
  private var beside: [String] = []
  private var besideCount = 0
  private var inTable: [String] = []
  private var inTableCount = 0
  /// Steps that may still be taken to look into the values of the table.
  private var budget = 1 << 20

  /// Values that a note names; it counts the others.
  private static let shownCount = 8

  init(heap: PickleHeap) { self.heap = heap }

  /// Adds the values beside the one that leads to the weights.
  mutating func add(_ children: [(key: String, value: PickleValue)], but key: String, path: [String] = []) {
    for (name, value) in children where name != key {
      guard let what = Self.words(for: value, in: heap) else { continue }
      besideCount += 1
      guard beside.count < Self.shownCount else { continue }
      beside.append("'\((path + [name]).joined(separator: ".").printable)' (\(what))")
    }
  }

  /// Adds a value of the table of tensors that is no tensor.
  ///
  /// - Throws: ``WeightFileError`` with `forbiddenGlobal` where it seems to be one of the network's tensors, handed to a function
  ///   that is not interpreted.
  mutating func addToTable(_ name: String?, _ value: PickleValue, file: String) throws(WeightFileError) {
    inTableCount += 1
    if let name, case .member(let member, _) = heap[value], Self.isParameter(name) {
      throw WeightFileError(
        .forbiddenGlobal, file: file,
        "the tensor of '\(name.printable)' is the attribute '\(member.printable)', which is not known; do not trust this file"
      )
    }
    if let name, let object = heap.object(value), Self.isParameter(name) {
      if heap.reachesTensor(from: value, budget: &budget) != false {
        throw WeightFileError(
          .forbiddenGlobal, file: file,
          "the tensor of '\(name.printable)' is handed to '\(object.name)', which this program does not know; save "
            + "'model.state_dict()' in Python instead")
      }
    }
    guard inTable.count < Self.shownCount else { return }
    inTable.append(
      "'\((name ?? "?").printable)'" + (Self.words(for: value, in: heap).map { " (\($0))" } ?? ""))
  }

  /// Sentences for a report.
  var notes: [Remark] {
    [
      Self.list(beside, count: besideCount).map { "left out beside the weights, unread: \($0)" },
      Self.list(inTable, count: inTableCount).map {
        "left out: \(inTableCount) values of the state dict that are no tensors: \($0)"
      },
    ].compactMap { $0 }
  }

  private static func list(_ shown: [String], count: Int) -> String? {
    guard !shown.isEmpty else { return nil }
    return shown.joined(separator: ", ") + (count > shown.count ? " and \(count - shown.count) more" : "")
  }

  /// A value in words: its class, or what it holds; nil of plain values.
  private static func words(for value: PickleValue, in heap: PickleHeap) -> String? {
    switch heap[value] {
    case .object(let object): TorchGlobals.plainClassName(object.name)
    case .dict: "a dictionary"
    case .list, .tuple, .set: "a list"
    case .tensor: "a tensor"
    case .unreadable(let tensor): tensor.what
    case .global(let name), .member(let name, _): name
    case .storage: "a storage"
    case .string, .blob, .bigInteger, .emptyParameter, nil: nil
    }
  }

  private static func isParameter(_ name: String) -> Bool {
    [".weight", ".bias", ".running_mean", ".running_var"].contains { name.hasSuffix($0) }
  }
}
