import Foundation
import Platform
import TestSupport
import Testing

/// Files that are not what they should be: every command names the file, the fault and a documented code.
@Suite struct BadInputTests {
  /// Each command that reads a checkpoint, with the checkpoint's name left out.
  static let readers: [[String]] = [
    ["classify", "", "photo.jpg"], ["evaluate", "", "set"], ["run", "", "--input", "x.npy", "--output", "y"],
    ["preprocess", "", "photo.jpg", "--output", "y"], ["features", "", "photo.jpg", "--output", "y"],
    ["inspect", ""],
    ["inspect", "", "--graph"], ["verify", ""],
    ["bench", "", "--seconds", "0.01"], ["bench", "", "--open"], ["bench", "", "--load"],
  ]

  /// Runs every command on a checkpoint and checks that it fails and leaves nothing.
  private func expectEveryCommandFails(
    _ sandbox: Sandbox, on name: String, code: Int32, saying words: String
  ) throws {
    sandbox.addImage("photo.jpg")
    sandbox.addDataSet()
    sandbox.folder.write(Array32.zeros([1, 3, 8, 8]), to: "x.npy")
    let before = sandbox.folder.names
    for command in Self.readers {
      let outcome = try sandbox.run(command.map { $0.isEmpty ? name : $0 })
      expectFailure(outcome, code: code, saying: "reszoo: \(name): ", words)
      #expect(outcome.output.isEmpty, "\(command): \(outcome.text)")
      #expect(outcome.errors.components(separatedBy: name).count == 2, "the path once: \(outcome.errors)")
      #expect(sandbox.folder.names == before, "\(command)")
    }
  }

  @Test func `a truncated checkpoint fails every command`() throws {
    let sandbox = Sandbox()
    sandbox.folder.write(Array(try Samples.imported.get().prefix(1000)), to: "bad.rzoo")
    try expectEveryCommandFails(sandbox, on: "bad.rzoo", code: 65, saying: "bytes")
  }

  @Test func `a text file fails every command`() throws {
    let sandbox = Sandbox()
    sandbox.add(String(repeating: "These are no weights.\n", count: 100), as: "bad.rzoo")
    try expectEveryCommandFails(
      sandbox, on: "bad.rzoo", code: 65, saying: "this is a text file, not a .rzoo file")
  }

  @Test func `an empty file fails every command`() throws {
    let sandbox = Sandbox()
    sandbox.add("", as: "bad.rzoo")
    try expectEveryCommandFails(sandbox, on: "bad.rzoo", code: 65, saying: "empty")
  }

  @Test func `a folder as a checkpoint fails every command`() throws {
    let sandbox = Sandbox()
    _ = sandbox.folder.makeFolder("bad.rzoo")
    try expectEveryCommandFails(sandbox, on: "bad.rzoo", code: 66, saying: "is a directory")
  }

  @Test func `a missing file fails every command`() throws {
    try expectEveryCommandFails(Sandbox(), on: "bad.rzoo", code: 66, saying: "does not exist; check the path")
  }

  @Test func `a pipe as a checkpoint fails every command`() throws {
    let sandbox = Sandbox()
    #expect(unsafe mkfifo(sandbox.folder.file("bad.rzoo"), 0o666) == 0)
    try expectEveryCommandFails(sandbox, on: "bad.rzoo", code: 66, saying: "not a regular file")
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func `an unreadable file fails every command`() throws {
    let sandbox = try Sandbox.withNetworks()
    unsafe chmod(sandbox.folder.file("net.rzoo"), 0)
    try expectEveryCommandFails(sandbox, on: "net.rzoo", code: 66, saying: "change its permissions")
  }

  /// Root gives its rights up to meet the same refusal.
  @Test(.enabled(if: geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")))
  func `an unreadable file fails for root without rights`() throws {
    let sandbox = try Sandbox.withNetworks()
    unsafe chmod(sandbox.folder.path, 0o755)
    unsafe chmod(sandbox.folder.file("net.rzoo"), 0)
    let outcome = try sandbox.shell(
      #"exec setpriv --inh-caps=-all --bounding-set=-all "$@""#, "inspect", "net.rzoo")
    guard !outcome.errors.contains("setpriv:") else { return }
    expectFailure(outcome, code: 66, saying: "reszoo: net.rzoo: may not be read; change its permissions")
  }

  @Test func `a flipped bit anywhere is found`() throws {
    let sandbox = Sandbox()
    let bytes = try Samples.imported.get()
    let positions = Array(stride(from: 0, to: bytes.count, by: max(1, bytes.count / 40)))
    for position in positions {
      var damaged = bytes
      damaged[position] ^= 0x10
      sandbox.folder.write(damaged, to: "bad.rzoo")
      expectFailure(try sandbox.run("verify", "bad.rzoo"), code: 65, saying: "reszoo: bad.rzoo: ")
    }
  }

  /// What stands for an image and is none.
  static let badImages: [(bytes: [UInt8], words: String)] = [
    (Array("hello".utf8), "not"), ([], "empty"), (Array(Samples.image("photo.jpg").prefix(700)), "JPEG"),
    (pngHeader(width: 0, height: 1), "has no pixels"), (pngHeader(width: 1, height: 0), "has no pixels"),
    (pngHeader(width: 100_000, height: 100_000), "100000"),
    (pngHeader(width: 0x8000_0000, height: 1), "2147483648"),
    (Array("GIF89a".utf8) + [1, 0, 1, 0, 0, 0, 0], "GIF"),
  ]

  @Test(arguments: badImages.indices) func `a broken image is reported in every format`(_ index: Int) throws {
    let (bytes, words) = Self.badImages[index]
    let sandbox = try Sandbox.withNetworks()
    sandbox.folder.write(bytes, to: "bad.png")
    for format in ["text", "json", "jsonl", "csv"] {
      let outcome = try sandbox.run("classify", "net.rzoo", "bad.png", "--format", format)
      expectFailure(outcome, code: 1, saying: "reszoo: bad.png: ", words)
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
      #expect(outcome.text.contains(words), "the row: \(outcome.text)")
    }
    let outcome = try sandbox.run("preprocess", "net.rzoo", "bad.png", "--output", "x.npy")
    expectFailure(outcome, code: 65, saying: "reszoo: bad.png: ", words)
    #expect(sandbox.folder.names == ["bad.png", "net.rzoo", "untrained.rzoo"])
  }

  @Test func `places without images are named`() throws {
    let sandbox = try Sandbox.withNetworks()
    _ = sandbox.folder.makeFolder("empty")
    expectFailure(
      try sandbox.run("classify", "net.rzoo", "empty"), code: 66, saying: "no images in empty")
    expectFailure(
      try sandbox.run("classify", "net.rzoo", "-"), code: 66,
      saying: "no images in the paths on standard input")
  }

  /// A PNG signature and header with the right checksum, and nothing else.
  private static func pngHeader(width: UInt32, height: UInt32) -> [UInt8] {
    func bytes(_ value: UInt32) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }
    let chunk = Array("IHDR".utf8) + bytes(width) + bytes(height) + [8, 2, 0, 0, 0]
    var register = UInt32.max
    for byte in chunk {
      register ^= UInt32(byte)
      for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + bytes(13) + chunk + bytes(~register)
  }
}
