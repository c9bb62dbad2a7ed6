import TestSupport
import Testing

@testable import Files

@Suite struct LineTests {
  @Test func `a text is read up to its first line that is too long`() throws {
    let folder = TemporaryFolder()
    let limit = InputFile.lineLimit
    let line = [UInt8](repeating: 0x61, count: limit)
    for text in [[], [0x0A], line, line + [0x0A], [0x0A] + line + [0x0A] + line, [0x61, 0x0A] + line] {
      let path = folder.write(text, to: "sound")
      #expect(try InputFile(path: path).readLines(limit: 1 << 28) == text)
    }
    for (text, number) in [
      (line + [0x61], 1), ([0x61, 0x0A] + line + line, 2), (line + [0x0A] + line + [0x61, 0x0A], 2),
    ] {
      let path = folder.write(text, to: "long")
      let error = try #require(throws: FileError.self) { try InputFile(path: path).readLines(limit: 1 << 28) }
      #expect(error.code == .tooLarge)
      #expect(error.message.hasPrefix("line \(number) has more than 1048576 bytes"), "\(error)")
    }
    let path = folder.write(line, to: "large")
    #expect(throws: FileError.self) { try InputFile(path: path).readLines(limit: limit - 1) }
  }
}
