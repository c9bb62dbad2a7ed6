import ResZoo
import TensorCore
import TestSupport

extension FuzzTarget {
  /// Indices of embeddings (INDEX), as they are and with right checksums.
  static let embeddingIndex = FuzzTarget("embedding-index", files: { [$0, repaired($0)] }) { file in
    let folder = TemporaryFolder()
    let index = try EmbeddingIndex(path: folder.write(file, to: "x.rzindex"))
    precondition(2 * index.count * index.width <= file.count, "more rows than bytes")
    try index.verify()
    let query = (0..<index.width).map { Float($0 % 7) - 2 }
    let found = try index.nearest(to: query, count: 3, threads: 1)
    precondition(found.count == min(3, index.count) && found == found.sorted(), "not the nearest few")
    for one in found {
      precondition((-1...1).contains(one.similarity), "a cosine of \(one.similarity)")
      _ = try index.name(of: one.index)
    }
  }

  /// The file with its length and the checksums of all parts computed anew.
  private static func repaired(_ file: [UInt8]) -> [UInt8] {
    var file = file
    guard file.count >= 64, let width = file.integer(UInt32.self, at: 12),
      let rows = file.integer(UInt64.self, at: 16),
      let blockRows = file.integer(UInt32.self, at: 24), let originLength = file.integer(UInt32.self, at: 28),
      rows > 0, blockRows > 0, width > 0, max(rows, width, blockRows, originLength) <= file.count,
      rows * width <= file.count, blockRows * width <= file.count
    else { return file }
    func aligned(_ position: Int) -> Int { (position + 63) & ~63 }
    let start = aligned(64 + originLength)
    let table = aligned(start + 2 * rows * width)
    let blocks = (rows - 1) / blockRows + 1
    let names = aligned(table + 4 * blocks)
    guard names + 8 * rows <= file.count else { return file }
    func sum(_ range: Range<Int>) -> UInt32 { CRC32C.checksum(of: Array(file[range])) }
    for block in 0..<blocks {
      let first = start + 2 * width * blockRows * block
      let end = block == blocks - 1 ? table : first + 2 * width * blockRows
      file.put(sum(first..<end), at: table + 4 * block)
    }
    file.put(UInt64(file.count - names - 8 * rows), at: 32)
    file.put(UInt64(file.count), at: 40)
    for (place, range) in [(48, 64..<start), (52, table..<names), (56, names..<file.count), (60, 0..<60)] {
      file.put(sum(range), at: place)
    }
    return file
  }
}
