import Messages
import TestSupport
import Testing

@testable import Datasets

/// Data sets whose images have any number of classes.
struct LabelSetTests {
  private let folder = TemporaryFolder()

  private func set(
    _ text: String, _ name: String, _ form: LabelForm = .several(), for purpose: ImageSet.Purpose = .training
  ) throws -> ImageSet {
    try ImageSet(path: folder.write(Array(text.utf8), to: name), for: purpose, labels: form)
  }

  private func message(_ text: String, _ name: String, _ form: LabelForm = .several()) throws -> String {
    try #require(throws: DatasetError.self, performing: { try set(text, name, form) }).message
  }

  @Test(arguments: [
    ("path,label\na.png,dog|cat\nb.png,\nc.png,cat\n", "set.csv"),
    ("a.png,dog | cat|\nb.png,\nc.png,cat\n", "set.csv"),
    ("filename;tags\na.png;cat|dog\nb.png;\nc.png;cat\n", "set.csv"),
    ("path\tlabels\na.png\tcat\nb.png\t\nc.png\tcat\na.png\tdog\n", "set.tsv"),
    ("path,cat,dog\na.png,1,1\nb.png,0,0\nc.png,1.0,false\n", "set.csv"),
    (
      """
      {"path":"a.png","labels":["dog","cat","dog"]}
      {"path":"b.png","labels":[]}
      {"path":"c.png","labels":"cat"}
      """, "set.jsonl"
    ),
  ])
  func imagesHaveAnyNumberOfClasses(text: String, name: String) throws {
    let set = try set(text, name)
    #expect(set.labels == ["cat", "dog"])
    #expect(set.sources.map(\.description) == ["a.png", "b.png", "c.png"].map(folder.file))
    #expect(set.labelSets?.map(\.positions) == [[0, 1], [], [0]])
    #expect(set.labelOfSource.isEmpty && set.countOfLabel == [2, 1])
  }

  @Test func columnsKeepTheirOrderAndListsTheirNumbers() throws {
    let columns = try set("path,zebra,ape\na.png,1,0\nb.png,0,1\n", "set.csv")
    #expect(columns.labels == ["zebra", "ape"] && columns.labelSets?.map(\.positions) == [[0], [1]])
    let numbers = try set(
      #"{"path":"a.png","label":[10,2]}"# + "\n" + #"{"path":"b.png","label":3}"#, "set.jsonl")
    #expect(numbers.labels == ["2", "3", "10"] && numbers.labelSets?.map(\.positions) == [[0, 2], [1]])
  }

  @Test func anySeparatorCanBeNamed() throws {
    let text = "path,labels\na.png,\"cat, dog\"\nb.png,dog\n"
    let set = try set(text, "set.csv", .several(separator: ","))
    #expect(set.labelSets?.map(\.positions) == [[0, 1], [1]])
    #expect(try self.set(text, "set.csv", .several(separator: "|")).labels == ["cat, dog", "dog"])
    #expect(try message(text, "set.csv").contains("'cat, dog' may hold several labels"))
    #expect(try message("path,labels\na.png,\"['cat']\"\n", "set.csv").contains("may hold several labels"))
  }

  @Test(arguments: [
    ("path,cat,split\na.png,1,train\n", "set.csv", "'train' stands in the column 'split'"),
    ("path,cat,cat\na.png,1,0\n", "set.csv", "a name of its own"),
    ("path,cat,dog\na.png,1,0\na.png,1,1\n", "set.csv", "line 3: '"),
    (#"{"path":"a.png","labels":[["cat"]]}"#, "set.jsonl", "no text and no whole number"),
    (#"{"path":"a.png","labels":[]}"#, "set.jsonl", "no image has a label"),
    (#"{"path":"a.png"}"#, "set.jsonl", "the object has no 'labels'"),
  ])
  func tablesThatSaySomethingElseAreRefused(text: String, name: String, part: String) throws {
    let words = try message(text, name)
    #expect(words.contains(part), "\(words)")
  }

  @Test func listsAreNotForImagesOfOneClass() throws {
    #expect(try message(#"{"path":"a.png","label":["cat"]}"#, "set.jsonl", .one).contains("is a list"))
    #expect(
      try message("path,cat,dog\na.png,1,0\n", "set.csv", .one).contains("it must have 'path'"))
  }

  @Test func otherFormsNameOneClassForEachImage() throws {
    ImageSamples.write([("cat", 2), ("dog", 1)], to: folder)
    let set = try ImageSet(path: folder.path, labels: .several())
    #expect(set.labelSets?.map(\.positions) == [[0], [0], [1]])
    #expect(set.remarks.contains { "\($0)".contains("each is taken to have no other") })
  }

  @Test func shardsListSeveralClasses() throws {
    let image = ImageSamples.grayPNG(1)
    let path = folder.write(
      TarArchive.bytes(of: [
        ("1.png", image), ("1.json", Array(#"{"labels":["cat","dog"]}"#.utf8)),
        ("2.png", image), ("2.cls", Array("dog\n".utf8)),
      ]), to: "set.tar")
    #expect(try ImageSet(path: path, labels: .several()).labelSets?.map(\.positions) == [[0, 1], [1]])
  }

  @Test func setsOfClassesFollowTheirImages() throws {
    let set = try set("path,labels\na.png,cat|dog\nb.png,cat\nc.png,dog\nd.png,\n", "set.csv")
    #expect(set.subset([2, 0]).labelSets?.map(\.positions) == [[1], [0, 1]])
    #expect(
      try set.relabelled(["dog", "emu", "cat"]).labelSets?.map(\.positions) == [[0, 2], [2], [0], []])
    let (training, validation) = try set.split(validationShare: 0.25, seed: 1)
    #expect(training.count == 3 && validation.count == 1)
    let other = try self.set("path,labels\na.png,cat|dog\nb.png,cat\nc.png,dog\nd.png,cat\n", "set.csv")
    #expect(ImageSet.fingerprint(of: [set]) != ImageSet.fingerprint(of: [other]))
  }

  @Test(
    arguments: [
      (["cat", "dog"], "dog", 1), (["a", "cat", "dog"], "cat", 1), (["0", "1"], nil, 1),
      (["no", "yes"], "cat", 1),
      (["Positive"], nil, 0), (["negative"], nil, 1),
    ] as [([String], String?, Int)])
  func theAffirmedClassIsKnown(labels: [String], label: String?, place: Int) throws {
    let set = ImageSet(sources: [], labels: labels, labelOfSource: [])
    #expect(try set.affirmedClass(label: label) == place)
  }

  @Test func anUnknownAffirmedClassIsRefused() {
    for labels in [["cat", "dog"], ["0", "1", "2"], ["yes", "0"]] {
      let set = ImageSet(sources: [], labels: labels, labelOfSource: [])
      #expect(throws: DatasetError(.data, "")) { try set.affirmedClass(label: nil) }
      #expect(throws: DatasetError(.data, "")) { try set.affirmedClass(label: "emu") }
    }
  }
}
