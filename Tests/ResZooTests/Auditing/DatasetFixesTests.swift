import TestSupport
import Testing

@testable import ResZoo

/// Manifests made by what a person decided.
@Suite struct DatasetFixesTests {
  private let folder = TemporaryFolder()

  private func images() throws -> AuditedImages {
    _ = folder.makeFolder("set")
    for (label, count) in [("ant, red", 2), ("bee", 3)] {
      _ = folder.makeFolder("set/\(label)")
      for index in 0..<count {
        folder.write(ImageSamples.grayPNG(UInt8(index)), to: "set/\(label)/\(index).png")
      }
    }
    return try AuditedImages(path: folder.file("set"))
  }

  private func fixes(
    _ rows: [String], header: String = "kind,input,label,suggested_label,suggestion,action",
    for images: AuditedImages, accepting kinds: Set<AuditFinding.Kind> = []
  ) throws -> DatasetFixes {
    let text = ([header] + rows).joined(separator: "\n") + "\n"
    return try DatasetFixes(
      path: folder.write(Array(text.utf8), to: "fixes.csv"), for: images, accepting: kinds)
  }

  @Test func `what is dropped is left out, what is relabelled has its new label, and training reads it`()
    throws
  {
    let images = try images()
    let bee = folder.file("set/bee/")
    let fixes = try fixes(
      [
        "duplicate,\(bee)0.png,bee,,drop,drop", "label,\(bee)1.png,bee,\"ant, red\",relabel,relabel",
        "label,\(bee)2.png,wasp,\"ant, red\",relabel,RELABEL", "dark,\(bee)0.png,bee,,,keep",
        "imbalance,bee,bee,,,",
      ], for: images)
    let (text, count) = try fixes.manifest(of: .training, in: folder.path)
    #expect(count == 4)
    let set = try ImageSet(path: folder.write(Array(text.utf8), to: "new.csv"))
    #expect(set.labels == ["ant, red", "wasp"])
    #expect(set.countOfLabel == [3, 1])
    #expect(text.contains("\"set/ant, red/0.png\",\"ant, red\"\n"), "\(text)")
    // From another folder the paths are whole.
    #expect(try fixes.manifest(of: .training, in: "/").text.contains("tmp/"))
  }

  @Test func `names count by their bytes, in the list and in the table`() throws {
    _ = folder.makeFolder("set")
    _ = folder.makeFolder("set/a")
    _ = folder.makeFolder("set/-b")
    // A slash, a quote and a comma with a mark behind them; an e with an accent, in one character and in two; a line end, and how it is spelt out.
    let names = ["\u{301}.png", "x\"\u{301},y.png", "\u{E9}.png", "e\u{301}.png", "1\n.png", "1\\u{a}.png"]
    for (index, name) in names.enumerated() {
      folder.write(ImageSamples.grayPNG(UInt8(index)), to: "set/a/" + name)
    }
    folder.write(ImageSamples.grayPNG(99), to: "set/-b/1.png")
    let images = try AuditedImages(path: folder.file("set"))
    let some = try fixes(
      ["label,\(folder.file("set/a/"))e\u{301}.png,a,'-b,relabel,relabel"], for: images)
    #expect(some.labels.values.map(\.self) == ["-b"])
    let (text, count) = try some.manifest(of: .training, in: folder.path)
    #expect(count == 7)
    let set = try ImageSet(path: folder.write(Array(text.utf8), to: "new.csv"))
    #expect(Set(set.sources.map { $0.description.utf8.count }).count > 1 && set.labels == ["-b", "a"])
    #expect(set.countOfLabel == [2, 5])
    // Both images are shown so.
    #expect(throws: AuditError.self) {
      try fixes(["dark,\(folder.file("set/a/"))1\\u{a}.png,a,,drop,drop"], for: images)
    }
  }

  @Test func `folders whose names look alike keep their images apart`() throws {
    _ = folder.makeFolder("set")
    for (index, label) in ["caf\u{E9}", "cafe\u{301}"].enumerated() {
      _ = folder.makeFolder("set/" + label)
      for image in 0..<2 {
        let number = 2 * index + image
        folder.write(ImageSamples.grayPNG(UInt8(number)), to: "set/\(label)/\(number).png")
      }
    }
    let images = try AuditedImages(path: folder.file("set"))
    let text = try fixes([], for: images).manifest(of: .training, in: folder.path).text
    for line in ["set/caf\u{E9}/0.png,caf\u{E9}\n", "set/cafe\u{301}/2.png,cafe\u{301}\n"] {
      #expect(Array(text.utf8).contains(Array(line.utf8)), "\(text)")
    }
  }

  @Test func `suggestions count for the kinds that were accepted, where no action stands`() throws {
    let images = try images()
    let bee = folder.file("set/bee/")
    let rows = [
      "duplicate,\(bee)0.png,bee,,drop,", "duplicate,\(bee)1.png,bee,,drop,keep",
      "leak,\(bee)2.png,bee,,drop,",
    ]
    #expect(try fixes(rows, for: images).dropped.isEmpty)
    let accepted = try fixes(rows, for: images, accepting: [.duplicate])
    #expect(accepted.dropped.map { images.sources[$0].description } == [bee + "0.png"])
  }

  @Test func `what cannot be is an error that names the line`() throws {
    let images = try images()
    let bee = folder.file("set/bee/0.png")
    for (row, words) in [
      ("dark,\(bee),bee,,,dorp", "line 2: 'dorp' is no action"),
      ("dark,nowhere.png,bee,,,drop", "'nowhere.png' is no image of"),
      ("label,\(bee),bee,,,relabel", "relabel without a label"),
    ] {
      let error = #expect(throws: AuditError.self) { try fixes([row], for: images) }
      #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
    let twice = #expect(throws: AuditError.self) {
      try fixes(["label,\(bee),bee,x,,relabel", "label,\(bee),bee,y,,relabel"], for: images)
    }
    #expect(twice?.message.contains("'y' here and 'x' in another line") == true)
    #expect(throws: AuditError.self) { try fixes(["\(bee)"], header: "input", for: images) }
    #expect(throws: DatasetError.self) { try fixes(["\(bee),drop"], header: "file,action", for: images) }
    #expect(throws: DatasetError.self) { try fixes(["\(bee)"], header: "input,action", for: images) }
    let all = try fixes(images.sources.map { "dark,\"\($0)\",,,,drop" }, for: images)
    #expect(throws: AuditError.self) { try all.manifest(of: .training, in: folder.path) }
  }

  @Test func `images in a file with others, or without labels, cannot be listed`() throws {
    folder.write(
      ImageSamples.record(label: 1, red: 1, green: 2, blue: 3)
        + ImageSamples.record(label: 0, red: 9, green: 9, blue: 9), to: "data_batch_1.bin")
    let records = try AuditedImages(path: folder.file("data_batch_1.bin"))
    let none = try fixes([], for: records)
    #expect(throws: AuditError.self) { try none.manifest(of: .training, in: folder.path) }
    _ = try images()
    let plain = try AuditedImages(path: folder.file("set/bee"))
    #expect(throws: AuditError.self) { try fixes([], for: plain).manifest(of: .training, in: folder.path) }
  }
}
