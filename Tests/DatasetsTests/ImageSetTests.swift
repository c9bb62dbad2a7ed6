import Datasets
import ImageInput
import Messages
import Platform
import TestSupport
import Testing

struct ImageSetTests {
  private let folder = TemporaryFolder()

  private func error(_ body: () throws -> Void) -> DatasetError? {
    do {
      try body()
      return nil
    } catch {
      return error as? DatasetError
    }
  }

  // MARK: Folders

  @Test func aFolderIsAClassAndItsImagesAreSorted() throws {
    ImageSamples.write([("cat", 2), ("Ant", 1), ("bee", 1)], to: folder)
    folder.write(Array("no image".utf8), to: "cat/notes.txt")
    folder.write(Array("neither".utf8), to: "README")
    _ = folder.makeFolder("bee/deep")
    folder.write(ImageSamples.grayPNG(9), to: "bee/deep/x.png")
    // What file managers and notebooks leave behind.
    folder.write(ImageSamples.grayPNG(9), to: "cat/._0.png")
    _ = folder.makeFolder(".ipynb_checkpoints")
    folder.write(ImageSamples.grayPNG(9), to: ".ipynb_checkpoints/x.png")
    let set = try ImageSet(path: folder.path)
    #expect(set.labels == ["Ant", "bee", "cat"])
    #expect(
      set.sources.map(\.description)
        == ["Ant/0.png", "bee/0.png", "bee/deep/x.png", "cat/0.png", "cat/1.png"].map { folder.file($0) })
    #expect(set.labelOfSource == [0, 1, 1, 2, 2])
    #expect(set.countOfLabel == [1, 2, 2])
    #expect(set.leftOut.count == 4)
  }

  @Test func aSetOfWhichMoreImagesAreLeftOutThanReadIsRefused() throws {
    ImageSamples.write([("cat", 2), ("dog", 1)], to: folder)
    for number in 0..<3 { folder.write([1], to: "cat/\(number).svg") }
    #expect(try ImageSet(path: folder.path).leftOut.imageCount == 3)
    folder.write([1], to: "dog/4.CR2")
    for purpose in [ImageSet.Purpose.training, .evaluation] {
      let error = try #require(error { _ = try ImageSet(path: folder.path, for: purpose) })
      #expect(error.code == .data)
      #expect(error.message.contains("3 SVG images (such as"))
      #expect(error.message.contains("1 raw photograph (\(folder.file("dog/4.CR2")))"))
    }
  }

  @Test func anEmptyClassIsNamed() throws {
    ImageSamples.write([("cat", 2), ("dog", 0), ("emu", 1)], to: folder)
    let error = try #require(error { _ = try ImageSet(path: folder.path) })
    #expect(error.code == .data)
    #expect(error.message.contains("'dog'"))
  }

  @Test func oneClassIsRefused() throws {
    ImageSamples.write([("cat", 2)], to: folder)
    let error = try #require(error { _ = try ImageSet(path: folder.path) })
    #expect(error.code == .data)
    #expect(error.message.contains("'cat'"))
  }

  @Test func toEvaluateByOneClassIsEnough() throws {
    ImageSamples.write([("cat", 2), ("dog", 0)], to: folder)
    let set = try ImageSet(path: folder.path, for: .evaluation)
    #expect(set.labels == ["cat", "dog"] && set.countOfLabel == [2, 0])
    #expect(
      try ImageSet(path: folder.write(Array("a.png,x\n".utf8), to: "one.csv"), for: .evaluation).count == 1)
  }

  @Test func aClassWhoseNameIsNotUTF8IsRefused() throws {
    ImageSamples.write([("cat", 1), ("dog", 1)], to: folder)
    let name = Array(folder.file("caf").utf8CString.dropLast()) + [CChar(bitPattern: 0xE9), 0]
    try #require(unsafe mkdir(name, 0o777) == 0)
    defer { unsafe rmdir(name) }
    let error = try #require(error { _ = try ImageSet(path: folder.path) })
    #expect(error.code == .file)
    #expect(error.message.contains("is not UTF-8, rename it"))
  }

  @Test func whatIsNoDataSetIsRefused() {
    #expect(throws: DatasetError(.file, "")) { try ImageSet(path: folder.file("missing")) }
    #expect(throws: DatasetError(.data, "")) { try ImageSet(path: folder.path) }
    ImageSamples.write([("cat", 0), ("dog", 0)], to: folder)
    #expect(throws: DatasetError(.data, "")) { try ImageSet(path: folder.path) }
  }

  @Test func labelsAreMatchedByName() throws {
    ImageSamples.write([("b", 1), ("a", 2)], to: folder)
    let set = try ImageSet(path: folder.path)
    #expect(try set.relabelled(["b", "c", "a"]).labelOfSource == [2, 2, 0])
    let error = try #require(error { _ = try set.relabelled(["b", "c"], of: "photos") })
    for word in [folder.path + ": 1 of 2 classes", "not among the 2 of photos", "'a'", "are 'b', 'c'"] {
      #expect(error.message.contains(word), "\(error.message)")
    }
    #expect(throws: DatasetError(.data, "")) { try set.relabelled(["a", "b", "b"]) }
  }

  // MARK: Manifests

  private func manifest(_ text: String, _ name: String = "set.csv") throws -> ImageSet {
    try ImageSet(path: folder.write(Array(text.utf8), to: name))
  }

  @Test(arguments: [
    "a.png,x\nb.png,y\n/c/d.png,x\n",
    "path,label\r\na.png,x\r\nb.png,y\r\n/c/d.png,x",
    "size,label,path\n1,x,a.png\n,y,b.png\n\n3,x,/c/d.png\n",
    "\u{FEFF}\"path\",\"label\"\n\"a.png\",\"x\"\n\"b.png\",y\n/c/d.png,x\n",
    "path;label\na.png;x\nb.png;y\n/c/d.png;x\n",
    "a.png\tx\nb.png\ty\n/c/d.png\tx\n",
    "sep=;\r\nLabel;File Name\r\nx;a.png\r\ny;b.png\r\nx;/c/d.png\r\n",
    "id,filename,class\n1,a.png,x\n2,b.png,y\n3,/c/d.png,x\n",
    "image\ttarget\na.png\tx\nb.png\ty\n/c/d.png\tx\n",
    "file,path,label,class\n1,a.png,x,p\n2,b.png,y,q\n3,/c/d.png,x,r\n",
  ])
  func aTableListsPathsAndLabels(text: String) throws {
    let set = try manifest(text)
    #expect(set.labels == ["x", "y"])
    #expect(set.sources.map(\.description) == [folder.file("a.png"), folder.file("b.png"), "/c/d.png"])
    #expect(set.labelOfSource == [0, 1, 0])
  }

  @Test func quotedFieldsHoldAnything() throws {
    let set = try manifest("\"a,\"\"b\"\"\n.png\",\"x\ny\"\nc.png,z\n")
    #expect(set.sources.first == .file(path: folder.file("a,\"b\"\n.png")))
    #expect(set.labels == ["x\ny", "z"])
  }

  @Test func linesOfJSONListPathsAndLabels() throws {
    let text = """
      {"path": "a\\u002Fb.png", "label": "x", "box": [1, {"path": 2}]}

      {"label": 3, "path": "c.png"}
      """
    let set = try manifest(text, "set.jsonl")
    #expect(set.sources.map(\.description) == [folder.file("a/b.png"), folder.file("c.png")])
    #expect(set.labels == ["3", "x"])
    #expect(set.labelOfSource == [1, 0])
  }

  @Test func aMarkAndOtherNamesOfMembersAreTaken() throws {
    let set = try manifest(
      "\u{FEFF}{\"file_name\":\"a.png\",\"class\":\"x\"}\n{\"image\":\"b.png\",\"target\":2,\"path\":\"c.png\"}\n",
      "set.jsonl")
    #expect(set.sources.map(\.description) == [folder.file("a.png"), folder.file("c.png")])
    #expect(set.labels == ["2", "x"])
  }

  @Test func backslashesAreSlashesOnlyWhereThatLeadsToAnImage() throws {
    ImageSamples.write([("cat", 1)], to: folder)
    folder.write(ImageSamples.grayPNG(1), to: "a\\b.png")
    let set = try manifest("cat\\0.png,x\na\\b.png,y\nnone\\c.png,x\n")
    #expect(
      set.sources.map(\.description)
        == [folder.file("cat/0.png"), folder.file("a\\b.png"), folder.file("none\\c.png")])
    #expect(set.remarks.count == 1 && set.remarks[0].description.contains("1 paths"))
  }

  @Test func wholeNumbersAreSortedByValue() throws {
    #expect(try manifest("a.png,10\nb.png,9\nc.png,2\n").labels == ["2", "9", "10"])
    #expect(try manifest("a.png,10.0\nb.png,9.0\nc.png,2.0\n").labels == ["2.0", "9.0", "10.0"])
    #expect(try manifest("a.png,10\nb.png,9\nc.png,x\n").labels == ["10", "9", "x"])
  }

  @Test(arguments: [
    ("set.csv", "a.png,x\nb.png\n", 2, "1 fields"),
    ("set.csv", "path,label,more\na.png,x\n", 2, "2 fields"),
    (
      "set.csv", "id,class\na.png,x\nb.png,y\n", 1,
      "the header names 'id', 'class'; it must have 'path' (or 'file', "
    ),
    ("set.csv", "\nname,size,path,kind,label of it,x\n", 2, "'label of it', …; it must have"),
    ("set.csv", "name;size;kind\n", 1, "the header names 'name', 'size', 'kind'"),
    (
      "set.csv", "file,image,label\na.png,b.png,x\n", 1,
      "the columns 'file' and 'image' may both hold the paths"
    ),
    (
      "set.csv", "path,class,target\na.png,x,1\n", 1,
      "the columns 'class' and 'target' may both hold the classes"
    ),
    ("set.csv", "a.png,x\n\n\nb.png,\n", 4, "label is empty"),
    ("set.csv", "a.png,x\n\"b.png,y\nc.png,z\n", 2, "does not end"),
    ("set.csv", "a.png,x\n\"b\".png,y\n", 2, "behind a quoted field"),
    ("set.csv", "a.png,x\nb\".png,y\n", 2, "quote within"),
    ("set.csv", "a.png,x\nb.png,y\na.png,y\n", 3, "'x' in line 1"),
    ("set.csv", "\"a\n.png\",x\nb.png\n", 3, "1 fields"),
    ("set.jsonl", "{\"path\":\"a\",\"label\":\"x\"}\n{\"path\":\"b\"}\n", 2, "no 'label'"),
    ("set.jsonl", "{\"path\":\"a\",\"label\":-1}\n", 1, "byte 20"),
    (
      "set.jsonl", "{\"path\":\"a\",\"label\":3.0}\n", 1,
      "the label is 3.0, which is no text and no whole number"
    ),
    ("set.jsonl", "{\"file\":\"a\",\"image\":\"b\",\"label\":3}\n", 1, "'file' and 'image' may both"),
    ("set.jsonl", "{\"path\":\"a\",\"path\":\"b\",\"label\":\"x\"}\n", 1, "twice"),
    ("set.jsonl", "\n[1]\n", 2, "an object must be here"),
    ("set.jsonl", "{\"path\":\"a\\u0000b\",\"label\":\"x\"}\n", 1, "NUL"),
  ])
  func faultsOfAManifestNameTheLine(name: String, text: String, line: Int, reason: String) throws {
    let error = try #require(error { _ = try manifest(text, name) })
    #expect(error.code == .data)
    #expect(error.message.contains("line \(line): "), "\(error.message)")
    #expect(error.message.contains(reason), "\(error.message)")
  }

  @Test(arguments: ["", "\n\n", "path,label\n", "a.png,x\nb.png,x\n"])
  func aManifestNeedsTwoClasses(text: String) {
    #expect(throws: DatasetError(.data, "")) { try manifest(text) }
  }

  @Test func aFileOfAnotherKindSaysWhatASetIs() throws {
    let path = folder.write(Array("a.png,x\n".utf8), to: "set.txt")
    let error = try #require(error { _ = try ImageSet(path: path) })
    #expect(error.code == .file)
    let kinds = "a manifest (.csv, .tsv, .jsonl, .ndjson), shards (.tar), or CIFAR's files (.bin)"
    #expect(error.message.contains(kinds))
  }

  @Test func textThatIsNotUTF8IsRefused() throws {
    let path = folder.write([0x61, 0x2C, 0xFF, 0x0A], to: "set.csv")
    let error = try #require(error { _ = try ImageSet(path: path) })
    #expect(error.message.contains("line 1: text that is not UTF-8"))
    #expect(throws: DatasetError(.file, "")) { try ImageSet(path: folder.file("missing.csv")) }
  }

  // MARK: CIFAR

  @Test func recordsOfAFolderAreTrainingImages() throws {
    let record = ImageSamples.record
    folder.write(record(3, 1, 2, 3) + record(9, 4, 5, 6), to: "data_batch_2.bin")
    folder.write(record(0, 7, 8, 9), to: "data_batch_1.bin")
    folder.write(record(1, 0, 0, 0), to: "test_batch.bin")
    let set = try ImageSet(path: folder.path)
    #expect(set.labels == (0..<10).map { "\($0)" })
    #expect(set.labelOfSource == [0, 3, 9])
    #expect(
      set.sources == [
        .record(path: folder.file("data_batch_1.bin"), index: 0),
        .record(path: folder.file("data_batch_2.bin"), index: 0),
        .record(path: folder.file("data_batch_2.bin"), index: 1),
      ])
    let names = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n"
    folder.write(Array(names.utf8), to: "batches.meta.txt")
    #expect(try ImageSet(path: folder.file("data_batch_2.bin")).labels[3] == "cat")
    folder.write(Array("cat\ndog\n".utf8), to: "batches.meta.txt")
    #expect(throws: DatasetError(.data, "")) { try ImageSet(path: folder.path) }
  }

  @Test func theFineLabelsOfCIFAR100Count() throws {
    let pixels = [UInt8](repeating: 0, count: 3072)
    folder.write([19, 42] + pixels + [3, 99] + pixels, to: "train.bin")
    let set = try ImageSet(path: folder.path)
    #expect(set.labels.count == 100)
    #expect(set.labelOfSource == [42, 99])
    // Another name: only the size says which of the two it is.
    folder.write([19, 42] + pixels + [3, 99] + pixels, to: "part.bin")
    #expect(try ImageSet(path: folder.file("part.bin")).labelOfSource == [42, 99])
  }

  @Test func filesThatAreNotCIFARsAreRefused() throws {
    let record = ImageSamples.record
    for bytes in [
      [], record(1, 0, 0, 0).dropLast(), record(1, 0, 0, 0) + [0], record(10, 0, 0, 0) + record(1, 0, 0, 0),
    ] {
      let path = folder.write(Array(bytes), to: "data_batch_1.bin")
      #expect(throws: DatasetError(.data, ""), "\(bytes.count) bytes") { try ImageSet(path: path) }
    }
    let path = folder.write(Array("text".utf8), to: "other.bin")
    #expect(throws: DatasetError(.data, "")) { try ImageSet(path: path) }
    #expect(throws: DatasetError(.file, "")) { try ImageSet(path: folder.file("missing.bin")) }
  }
}
