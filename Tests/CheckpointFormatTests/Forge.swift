import TensorCore

@testable import CheckpointFormat

/// Builds files field by field, with checksums that are right, to break one rule at a time.
struct Forge {
  struct Section {
    var kind: String
    var content: [UInt8]
    var encoding: UInt8 = 0
    var flags: UInt8 = 1
    var sinceVersion: UInt16 = 1
    var offset: UInt64?
    var decodedLength: UInt32?
    var crc: UInt32?
    var reserved: UInt32 = 0
  }

  struct Chunk {
    var bytes: [UInt8]
    var codec: UInt8 = 0
    var storedLength: Int?
    var crc: UInt32?
  }

  struct Entry {
    var name: [UInt8]
    var type: UInt8 = 1
    var rank: UInt8?
    var reserved: UInt8 = 0
    var extents: [UInt32]
    var chunks: [Chunk]

    /// A tensor of raw chunks.
    init(_ name: String, _ extents: [UInt32], type: UInt8 = 1, _ chunks: [Chunk]) {
      self.name = Array(name.utf8)
      self.extents = extents
      self.type = type
      self.chunks = chunks
    }
  }

  var entries: [Entry]
  var tensorCount: UInt32?
  var chunkExponent: UInt8 = 18
  var directoryReserved: [UInt8] = [0, 0, 0]
  var directoryTail: [UInt8] = []
  var chunkTableTail: [UInt8] = []
  var sections: [Section] = [
    Section(kind: "arch", content: Sample.architecture), Section(kind: "meta", content: Sample.metadata),
    Section(kind: "tens", content: []), Section(kind: "chnk", content: []),
  ]
  var blobPadding: UInt8 = 0
  var indexPadding: UInt8 = 0
  var header: (inout FileHeader) -> Void = { _ in }
  var headerBytes: (inout [UInt8]) -> Void = { _ in }

  init(_ entries: [Entry] = [Entry("w", [2], [Chunk(bytes: Array(1...8))])]) {
    self.entries = entries
  }

  private var directory: [UInt8] {
    var writer = ByteWriter()
    writer.write(tensorCount ?? UInt32(entries.count))
    writer.write(chunkExponent)
    writer.write(bytes: directoryReserved)
    for entry in entries {
      writer.write(UInt8(entry.name.count))
      writer.write(bytes: entry.name)
      writer.write(entry.type)
      writer.write(entry.rank ?? UInt8(entry.extents.count))
      writer.write(entry.reserved)
      for extent in entry.extents { writer.write(extent) }
    }
    writer.write(bytes: directoryTail)
    return writer.bytes
  }

  private var chunkTable: [UInt8] {
    var writer = ByteWriter()
    for chunk in entries.flatMap(\.chunks) {
      writer.write(UInt32(chunk.storedLength ?? chunk.bytes.count) | UInt32(chunk.codec) << 24)
      writer.write(chunk.crc ?? CRC32C.checksum(of: chunk.bytes))
    }
    writer.write(bytes: chunkTableTail)
    return writer.bytes
  }

  private var blobs: [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries {
      if entry.chunks.first?.codec == 0 {
        while bytes.count % 64 != 0 { bytes.append(blobPadding) }
      }
      for chunk in entry.chunks { bytes += chunk.bytes }
    }
    return bytes
  }

  /// The file.
  func bytes() -> [UInt8] {
    var sections = sections
    for index in sections.indices where sections[index].content.isEmpty {
      switch sections[index].kind {
      case "tens": sections[index].content = directory
      case "chnk": sections[index].content = chunkTable
      default: break
      }
    }
    var table = ByteWriter()
    var offset = UInt64(96 + 32 * sections.count)
    for section in sections {
      table.write(bytes: section.kind.utf8)
      table.write(section.encoding)
      table.write(section.flags)
      table.write(section.sinceVersion)
      table.write(section.offset ?? offset)
      table.write(UInt32(section.content.count))
      table.write(section.decodedLength ?? UInt32(section.content.count))
      table.write(section.crc ?? CRC32C.checksum(of: section.content))
      table.write(section.reserved)
      offset += UInt64(section.content.count)
    }
    let blobs = blobs
    let blobOffset = (offset + 63) / 64 * 64
    var header = FileHeader(
      sectionCount: UInt32(sections.count), fileLength: blobOffset + UInt64(blobs.count),
      blobOffset: blobOffset,
      blobLength: UInt64(blobs.count), contentRoot: contentRoot,
      sectionTableCRC: CRC32C.checksum(of: table.bytes))
    self.header(&header)
    var headerBytes = header.encoded()
    self.headerBytes(&headerBytes)
    headerBytes.removeLast(4)
    var sum = ByteWriter()
    sum.write(CRC32C.checksum(of: headerBytes))
    var file = headerBytes + sum.bytes + table.bytes + sections.flatMap(\.content)
    while UInt64(file.count) < blobOffset { file.append(indexPadding) }
    return file + blobs
  }

  /// Right for raw chunks of tensors that can be described.
  private var contentRoot: [UInt8] {
    let tensors = entries.map { entry in
      DirectoryTensor(
        name: String(decoding: entry.name, as: UTF8.self),
        elementType: ElementType(formatID: entry.type) ?? .float32,
        shape: Shape(checking: entry.extents.map(Int.init)) ?? [])
    }
    let digests = entries.map { entry in
      let bytes = entry.chunks.flatMap(\.bytes)
      return ContentRoot.digest(of: bytes.rawBytes)
    }
    return ContentRoot.root(tensors, digests: digests)
  }
}
