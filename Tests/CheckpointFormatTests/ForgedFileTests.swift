import Deflate
import TensorCore
import TestSupport
import Testing

@testable import CheckpointFormat

/// Files that break one rule of the specification while every checksum is right.
@Suite struct ForgedFileTests {
  let folder = TemporaryFolder()

  private func code(_ forge: Forge) -> CheckpointError.Code? {
    fault(of: folder.write(forge.bytes()))?.code
  }

  /// The fault of the standard forged file after a change.
  private func code(_ change: (inout Forge) -> Void) -> CheckpointError.Code? {
    var forge = Forge()
    change(&forge)
    return code(forge)
  }

  private static let chunk = Forge.Chunk(bytes: Array(1...8))

  @Test func theForgeItselfMakesValidFiles() {
    #expect(code(Forge()) == nil)
    #expect(code(Forge([])) == nil)
    #expect(code(Forge([Forge.Entry("a", [0], []), Forge.Entry("b.c", [2], [Self.chunk])])) == nil)
  }

  // FORMAT §2.

  @Test func headerFieldsThatContradictAreRefused() {
    #expect(
      code {
        $0.header = {
          $0.minimumReaderVersion = 3; $0.writerVersion = 3
        }
      } == .newerVersion)
    #expect(code { $0.header = { $0.writerVersion = 7 } } == nil)
    #expect(code { $0.header = { $0.minimumReaderVersion = 0 } } == .badHeader)
    #expect(code { $0.header = { $0.writerVersion = 0 } } == .badHeader)
    for count: UInt32 in [0, 3, 65, .max] {
      #expect(code { $0.header = { $0.sectionCount = count } } == .badHeader)
    }
    #expect(code { $0.header = { $0.sectionCount = 5 } } == .sectionTableChecksum)
    #expect(code { $0.header = { $0.fileLength = .max } } == .badHeader)
    #expect(code { $0.header = { $0.fileLength = 1 << 40 } } == .truncated)
    #expect(code { $0.header = { $0.fileLength -= 1 } } == .trailingBytes)
    #expect(code { $0.header = { $0.blobLength = .max } } == .badHeader)
    #expect(code { $0.header = { $0.blobOffset = .max } } == .badHeader)
    #expect(
      code {
        $0.header = {
          $0.blobOffset = .max - 7; $0.blobLength += 8
        }
      } == .badHeader)
    #expect(
      code {
        $0.header = {
          $0.blobOffset -= 64; $0.blobLength += 64
        }
      } == .badSectionTable)
    #expect(
      code {
        $0.header = {
          $0.blobOffset += 1; $0.blobLength -= 1
        }
      } == .badHeader)
    #expect(
      code {
        $0.header = {
          $0.blobOffset = 0; $0.blobLength = $0.fileLength
        }
      } == .badHeader)
    #expect(code { $0.header = { $0.contentRoot[31] ^= 1 } } == .contentRootMismatch)
    for position in 72..<88 {
      #expect(code { $0.headerBytes = { $0[position] = 1 } } == .reservedNotZero)
    }
  }

  @Test func theMessageForANewerFileNamesTheVersion() {
    var forge = Forge()
    forge.header = {
      $0.minimumReaderVersion = 9; $0.writerVersion = 9
    }
    #expect(fault(of: folder.write(forge.bytes()))?.message.contains("version 9") == true)
  }

  // FORMAT §3.

  @Test func sectionTablesOutOfOrderAreRefused() {
    #expect(code { $0.sections.swapAt(0, 1) } == .badSectionTable)
    #expect(code { $0.sections[0].kind = "ARCH" } == .badSectionTable)
    #expect(code { $0.sections[0].flags = 0 } == .badSectionTable)
    #expect(code { $0.sections[0].flags = 3 } == .badSectionTable)
    #expect(code { $0.sections[0].sinceVersion = 2 } == .badSectionTable)
    #expect(code { $0.sections[1].offset = 0 } == .badSectionTable)
    #expect(code { $0.sections[1].offset = .max } == .badSectionTable)
    #expect(code { $0.sections[1].decodedLength = .max } == .badSectionTable)
    #expect(code { $0.sections[1].decodedLength = 7 } == .badSectionTable)
    #expect(code { $0.sections[1].encoding = 2 } == .badSectionTable)
    #expect(
      code {
        $0.sections[3].encoding = 1; $0.sections[3].decodedLength = 9
      } == .badSectionTable)
    #expect(code { $0.sections[1].reserved = 1 } == .reservedNotZero)
    #expect(code { $0.sections[1].crc = 0 } == .sectionChecksum)
    #expect(code { $0.indexPadding = 1 } == .paddingNotZero)
    #expect(code { $0.sections.append(.init(kind: "arch", content: [1])) } == .badSectionTable)
  }

  @Test func unknownSectionsAreIgnoredUnlessTheyMustBeUnderstood() {
    let ignorable = Forge.Section(kind: "note", content: [1, 2, 3], flags: 0, sinceVersion: 2)
    #expect(code { $0.sections.append(ignorable) } == nil)
    #expect(code { $0.sections += [.init(kind: "aaaa", content: [], flags: 0), ignorable] } == nil)
    #expect(
      code { $0.sections += [ignorable, .init(kind: "aaaa", content: [], flags: 0)] } == .badSectionTable)
    #expect(code { $0.sections += [ignorable, ignorable] } == .badSectionTable)
    var damaged = ignorable
    damaged.crc = 5
    #expect(code { $0.sections.append(damaged) } == .sectionChecksum)
    var odd = ignorable
    odd.flags = 2
    #expect(code { $0.sections.append(odd) } == .reservedNotZero)
    odd = ignorable
    odd.sinceVersion = 0
    #expect(code { $0.sections.append(odd) } == .badSectionTable)
    var forge = Forge()
    forge.sections.append(.init(kind: "more", content: [1], flags: 1, sinceVersion: 4))
    let error = fault(of: folder.write(forge.bytes()))
    #expect(error?.code == .unknownSection)
    #expect(error?.message.contains("version 4") == true)
  }

  @Test func compressedSectionsMustDecodeExactly() {
    let text = Array("{}".utf8) + [UInt8](repeating: UInt8(ascii: " "), count: 62)
    var stream = AlignedBuffer(byteCount: 256)
    var target = stream.mutableBytes
    let deflater = Deflater(.matches)
    let count = deflater.encode(text.rawBytes, into: &target) ?? 0
    let content = Array(copying: stream.bytes.extracting(first: count))
    func section(_ length: UInt32, _ content: [UInt8]) -> Forge.Section {
      Forge.Section(kind: "meta", content: content, encoding: 1, decodedLength: length)
    }
    #expect(code { $0.sections[1] = section(64, content) } == nil)
    #expect(code { $0.sections[1] = section(63, content) } == .badSectionContent)
    #expect(code { $0.sections[1] = section(65, content) } == .badSectionContent)
    #expect(code { $0.sections[1] = section(64, content + [0]) } == .badSectionContent)
    #expect(code { $0.sections[1] = section(64, content.dropLast()) } == .badSectionContent)
    #expect(code { $0.sections[1] = section(64, [0xFF, 0xFF, 0xFF, 0xFF]) } == .badSectionContent)
    #expect(code { $0.sections[1] = section(UInt32(16 * count + 1), content) } == .badSectionTable)
    #expect(code { $0.sections[1] = section(UInt32(count), content) } == .badSectionTable)
  }

  @Test func documentsMustBeText() {
    #expect(code { $0.sections[0].content = [0xC3, 0x28] } == .badText)
    #expect(code { $0.sections[1].content = [0xFF] } == .badText)
  }

  @Test(arguments: [
    "", "[]", "{}{}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{\"x\":{\"a\":1,\"b\":2,\"a\":1}}",
    "{\"a\":01}", "{\"a\":NaN}", "{\"a\":1,}", "\u{FEFF}{}",
  ])
  func documentsMustBeObjectsWithoutNamesTwice(text: String) {
    #expect(code { $0.sections[1].content = Array(text.utf8) } == .badDocument)
  }
}
