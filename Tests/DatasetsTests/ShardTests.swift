import Messages
import Platform
import TestSupport
import Testing

@testable import Datasets

/// Shards of WebDataset. tools/fixtures/make_shard_fixtures.py makes those with Python's tarfile.
struct ShardTests {
  private let folder = TemporaryFolder()
  private static let fixtures =
    #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/Fixtures/"
  private static let longName = String(repeating: "folder/", count: 20) + "a-name-that-goes-on"

  private func message(_ path: String) throws -> String {
    try #require(throws: DatasetError.self, performing: { try ImageSet(path: path) }).message
  }

  /// An archive with files of these names and contents.
  private func write(_ files: [(String, [UInt8])], to name: String) -> String {
    folder.write(TarArchive.bytes(of: files), to: name)
  }

  @Test(arguments: [("ustar", 2), ("gnu", 3), ("pax", 3)])
  func archivesOfEveryFormatAreRead(name: String, count: Int) throws {
    let path = Self.fixtures + name + ".tar"
    let set = try ImageSet(path: path)
    #expect(set.labels == ["0", "1", "2"].prefix(count).map(\.self))
    #expect(set.labelOfSource == [1, 0, 2].prefix(count).map(\.self))
    let names = ["a/0001.png", "a/0002.png", Self.longName + ".png"].prefix(count)
    #expect(set.sources.map(\.description) == names.map { path + "/" + $0 })
    let archive = readFile(path)
    for case .member(_, _, let offset, let byteCount) in set.sources {
      #expect(archive[Int(offset)...].starts(with: [0x89, 0x50, 0x4E, 0x47]))
      #expect(archive[(Int(offset) + byteCount - 8)...].starts(with: Array("IEND".utf8)))
    }
  }

  @Test func aShardWhoseNameIsNotUTF8IsRefused() throws {
    let archive = write(
      [("x.png", ImageSamples.grayPNG(1)), ("x.cls", Array("1".utf8))], to: "a\u{FFFD}.tar")
    let twin = Array(folder.file("a").utf8CString.dropLast()) + [-1] + ".tar".utf8CString
    try #require(unsafe link(archive, twin) == 0)
    defer { unsafe unlink(twin) }
    #expect(try message(folder.path).contains("not UTF-8, rename it"))
  }

  @Test func aPatternAndAFolderNameSeveralShards() throws {
    for number in 8...11 {
      let text = number < 10 ? "0\(number)" : "\(number)"
      _ = write(
        [("x.png", ImageSamples.grayPNG(UInt8(number))), ("x.cls", Array("\(number)".utf8))],
        to: "train-\(text).tar")
    }
    #expect(try ImageSet(path: folder.file("train-{08..11}.tar")).labels == ["8", "9", "10", "11"])
    #expect(try ImageSet(path: folder.file("train-{09,11}.tar")).labels == ["9", "11"])
    #expect(try ImageSet(path: folder.file("{train,train}-1{0..1}.tar")).count == 4)
    #expect(try ImageSet(path: folder.path).labels == ["8", "9", "10", "11"])
    #expect(try message(folder.file("train-{08..12}.tar")).contains("train-12.tar: does not exist"))
    #expect(try message(folder.file("train-{11..08}.tar")).contains("to a larger one"))
    #expect(try message(folder.file("train-{0..999999}.tar")).contains("at most 100000"))
    #expect(try message(folder.file("{0..9999}{0..9999}.tar")).contains("more than 100000 shards"))
    _ = write([], to: "val-00.tar")
    #expect(try message(folder.path).contains("shards of several kinds"))
  }

  @Test func `names that differ in more than numbers are of several sets`() throws {
    for name in ["imagenet1k-train-0000.tar", "imagenet1k-validation-00.tar"] { _ = write([], to: name) }
    #expect(
      try message(folder.path).contains(
        "several kinds, such as imagenet1k-train-0000.tar and imagenet1k-validation-00.tar"))
    let empty = folder.makeFolder("empty")
    let error = #expect(throws: DatasetError.self) { try ImageSet(shards: empty) }
    #expect(error?.message.contains("holds no shard") == true)
  }

  @Test func `a label without letters is refused in JSON too`() throws {
    let label = Array(#"{"label": ""}"#.utf8)
    let path = write([("a.png", ImageSamples.grayPNG(1)), ("a.json", label)], to: "a.tar")
    #expect(try message(path).contains("a.tar: sample 'a': its .json: the label is empty"))
  }

  @Test func `numbers of classes are said to be positions`() throws {
    let path = write([("a.png", ImageSamples.grayPNG(1)), ("a.cls", Array("1".utf8))], to: "a.tar")
    let set = try ImageSet(path: path, for: .evaluation)
    #expect(set.remarkOnNumbers(among: ["cat", "dog"])?.description.contains("1 is 'dog'") == true)
    #expect(set.remarkOnNumbers(among: ["0", "1"]) == nil)
  }

  @Test func foldersOfShardsMayBeParts() throws {
    for part in ["train", "val"] {
      _ = folder.makeFolder(part)
      _ = write(
        [
          ("0.png", ImageSamples.grayPNG(1)), ("0.cls", [0x30]), ("1.png", ImageSamples.grayPNG(2)),
          ("1.cls", [0x31]),
        ],
        to: part + "/0.tar")
    }
    #expect(try ImageSet(path: folder.path).path == folder.file("train"))
    #expect(try ImageSet(path: folder.path, for: .evaluation).path == folder.file("val"))
  }

  @Test func classesAreNumbersOrNamesInEitherFile() throws {
    let image = ImageSamples.grayPNG(1)
    let path = write(
      [
        ("a.jpg", image), ("a.cls", Array("tabby cat\r\n".utf8)), ("b.JPEG", image),
        ("b.json", Array(#"{"class":"dog"}"#.utf8)),
        ("c.json", Array(#"{"label":"emu"}"#.utf8)), ("c.seg.png", image), ("c.png", image), ("README", []),
        ("._a.png", image),
        ("d.txt", []),
      ], to: "x.tar")
    let set = try ImageSet(path: path)
    #expect(set.labels == ["dog", "emu", "tabby cat"] && set.labelOfSource == [2, 0, 1])
    #expect(set.remarks.map(\.description) == ["\(path): left out 1 samples without an image"])
  }

  @Test func numbersOfShardsAreThoseOfLabels() throws {
    let image = ImageSamples.grayPNG(1)
    let set = try ImageSet(
      path: write([("a.png", image), ("a.cls", [0x32]), ("b.png", image), ("b.cls", [0x30])], to: "x.tar"))
    #expect(try set.relabelled(["ant", "bee", "cat"]).labelOfSource == [2, 0])
    #expect(try set.relabelled(["2", "1", "0"]).labelOfSource == [0, 2])
    #expect(throws: DatasetError(.data, "")) { try set.relabelled(["ant", "bee"]) }
  }

  @Test func faultsNameTheSample() throws {
    let image = ImageSamples.grayPNG(1)
    for (files, words) in [
      ([("a.png", image)], "x.tar: sample 'a': has no class"),
      ([("a.png", image), ("a.jpg", image), ("a.cls", [0x31])], "sample 'a': has 2 images"),
      ([("a.png", image), ("a.cls", [])], "sample 'a': its .cls is not"),
      ([("a.png", image), ("a.json", Array("[1]".utf8))], "sample 'a': its .json: byte 0"),
      (
        [("a.png", image), ("a.json", Array(#"{"class":1,"target":2}"#.utf8))],
        "'class' and 'target' may both"
      ),
    ] as [([(String, [UInt8])], String)] {
      let found = try message(write(files, to: "x.tar"))
      #expect(found.contains(words), "\(found)")
    }
  }

  @Test func damagedArchivesAreRefused() throws {
    let sound = TarArchive.bytes(of: [
      ("a.png", ImageSamples.grayPNG(1)), ("a.cls", [0x30]), ("b.png", ImageSamples.grayPNG(2)),
      ("b.cls", [0x31]),
    ])
    for length in stride(from: 0, to: sound.count - 1024, by: 100) {
      let path = folder.write(Array(sound.prefix(length)), to: "x.tar")
      do {
        // Only the padding of the last file is missing.
        let set = try ImageSet(path: path)
        #expect(set.count == 2 && set.remarks[0].description.contains("may be cut short"), "\(length) bytes")
      } catch {
        #expect(error.code == .data, "\(length) bytes")
      }
    }
    #expect(try ImageSet(path: folder.write(sound, to: "x.tar")).remarks.isEmpty)
    var wrong = sound
    wrong[3] ^= 1
    #expect(try message(folder.write(wrong, to: "x.tar")).contains("byte 0: no header of a tar archive"))
    #expect(
      try message(folder.write(Array("\u{1F}\u{8B} no archive".utf8), to: "x.tar")).contains("no images"))
    #expect(throws: DatasetError(.file, "")) { try ImageSet(path: folder.file("missing.tar")) }
  }

  @Test func imagesOfShardsAreReadAndCompared() throws {
    let image = ImageSamples.grayPNG(7)
    let path = write(
      [
        ("a.png", image), ("a.cls", [0x30]), ("b.png", image), ("b.cls", [0x31]), ("c.png", [1]),
        ("c.cls", [0x32]),
      ],
      to: "x.tar")
    let set = try ImageSet(path: path)
    #expect(set.labelsWithoutReadableImage(threads: 1).map(\.label) == [2])
    let remark = try #require(set.remarkOnContradictions(threads: 1)).description
    #expect(remark.contains("2 images are in more than one class: \(path)/a.png is '0'"), "\(remark)")
  }
}
