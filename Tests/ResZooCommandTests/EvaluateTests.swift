import Foundation
import TestSupport
import Testing

/// The imported network calls every image an ant.
@Suite struct EvaluateTests {
  @Test func `the text shows all metrics`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    let outcome = try sandbox.run("evaluate", "net.rzoo", "set")
    #expect(outcome.status == 0)
    #expect(outcome.errors == "reszoo: left out 1 file of another kind (set/cat/notes.txt)\n")
    let lines = outcome.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first == "2 of 4 images right")
    #expect(lines[1].hasPrefix("top-1 50.00 %   top-5 100.00 %   loss "))
    #expect(lines[2] == "macro F1 22.22 %   weighted F1 33.33 %   balanced accuracy 33.33 %")
    #expect(lines[3].hasPrefix("ROC AUC 0.") && lines[3].hasSuffix("Cohen's kappa 0.0000   Matthews 0.0000"))
    #expect(
      lines[4...].joined(separator: "\n") == """

        class  images  precision    recall       F1
        ant         2    50.00 %  100.00 %  66.67 %
        bee         1          -    0.00 %        -
        cat         1          -    0.00 %        -

        true \\ called  ant  bee  cat
        ant              2    0    0
        bee              1    0    0
        cat              1    0    0

        """)
  }

  @Test func `JSON has the documented fields`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    let answer = try sandbox.run("evaluate", "net.rzoo", "set", "--format", "json").json
    #expect(answer["images"] as? Int == 4)
    #expect(answer["correct"] as? Int == 2)
    #expect(answer["top1"] as? Double == 0.5)
    #expect(answer["top5"] as? Double == 1)
    #expect(try #require(answer["loss"] as? Double) > 0)
    #expect((answer["errors"] as? [Any])?.isEmpty == true)
    #expect(answer["skipped"] as? Int == 1)
    #expect(answer["exif"] as? String == "apply")
    #expect(answer["untrained"] as? Bool == false)
    #expect(answer["classes_from"] as? String == "labels")
    #expect(answer["confusion"] as? [[Int]] == [[2, 0, 0], [1, 0, 0], [1, 0, 0]])
    let classes = try #require(answer["classes"] as? [[String: Any]])
    #expect(classes.map { $0["label"] as? String } == ["ant", "bee", "cat"])
    #expect(classes.map { $0["support"] as? Int } == [2, 1, 1])
    #expect(classes[0]["recall"] as? Double == 1)
    let ignored = try sandbox.run("evaluate", "net.rzoo", "set", "--format", "json", "--ignore-exif").json
    #expect(ignored["exif"] as? String == "ignore")
  }

  @Test func `the text counts calls of classes that the set lacks`() throws {
    let sandbox = try Sandbox.withNetworks()
    for name in ["set", "set/bee", "set/cat"] { _ = sandbox.folder.makeFolder(name) }
    sandbox.addImage("gray.jpg", as: "set/bee/1.jpg")
    sandbox.addImage("palette-8.png", as: "set/cat/1.png")
    let outcome = try sandbox.run("evaluate", "net.rzoo", "set")
    #expect(
      outcome.text.hasSuffix(
        """
        true \\ called  bee  cat  ant
        bee              0    0    1
        cat              0    0    1

        """), "\(outcome.text)")
  }

  @Test func `an answer that is not finite is an error of its image`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    #expect(try sandbox.run("export", "net.rzoo", "--output", "raw").status == 0)
    // Weights so large that their sums overflow.
    let path = sandbox.folder.file("raw/weights.bin")
    let huge = (0..<readFile(path).count / 4).flatMap { _ in [0x00, 0x00, 0x7F, 0x7F] as [UInt8] }
    writeFile(huge, to: path)
    #expect(try sandbox.run("convert", "raw", "--output", "huge.rzoo").status == 0)
    let evaluated = try sandbox.run("evaluate", "huge.rzoo", "set", "--format", "json")
    expectFailure(evaluated, code: 1, saying: "set/ant/1.png: the network's answer is ", "4 of 4 images")
    #expect(try evaluated.json["images"] as? Int == 0)
    let classified = try sandbox.run("classify", "huge.rzoo", "set", "--format", "jsonl")
    expectFailure(classified, code: 1, saying: "4 of 4 images have no result")
    #expect(!classified.text.contains("nan") && classified.text.split(separator: "\n").count == 4)
  }

  @Test func `a damaged image is an error and counts nowhere`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    sandbox.add("not an image", as: "set/bee/0.png")
    let outcome = try sandbox.run("evaluate", "net.rzoo", "set", "--format", "json")
    expectFailure(outcome, code: 1, saying: "1 of 5 images could not be read")
    let path = "set/bee/0.png"
    #expect(outcome.errors.components(separatedBy: path).count == 2, "the path once: \(outcome.errors)")
    let answer = try outcome.json
    #expect(answer["images"] as? Int == 4)
    let errors = try #require(answer["errors"] as? [[String: String]])
    #expect(errors.map { $0["input"] } == [path])
    #expect(errors[0]["error"]?.contains(path) == false)
  }

  @Test func `folders match labels by name whatever their number`() throws {
    let sandbox = try Sandbox.withNetworks()
    for name in ["set", "set/cat"] { _ = sandbox.folder.makeFolder(name) }
    sandbox.addImage("photo.jpg", as: "set/cat/1.jpg")
    let answer = try sandbox.run("evaluate", "net.rzoo", "set", "--format", "json").json
    #expect(answer["correct"] as? Int == 0)
    #expect(answer["confusion"] as? [[Int]] == [[1, 0, 0]])
    #expect((answer["classes"] as? [[String: Any]])?.first?["index"] as? Int == 2)
  }

  @Test func `without labels the sorted folders are the classes`() throws {
    let sandbox = try Sandbox.withNetworks()
    _ = sandbox.folder.makeFolder("set")
    for digit in 0..<10 {
      _ = sandbox.folder.makeFolder("set/\(digit)")
      sandbox.addImage("rgb-8.png", as: "set/\(digit)/x.png")
    }
    let outcome = try sandbox.run("evaluate", "untrained.rzoo", "set", "--format", "json", "--batch", "1")
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("the data set's classes were taken in sorted order"))
    #expect(outcome.errors.contains("UNTRAINED"))
    let answer = try outcome.json
    #expect(answer["classes_from"] as? String == "folders")
    #expect(answer["correct"] as? Int == 1)
    let again = try sandbox.run("evaluate", "untrained.rzoo", "set", "--format", "json", "--threads", "1")
    #expect(again.output == outcome.output)
  }

  @Test func `folders that are no classes of the model are named`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    _ = sandbox.folder.makeFolder("set/dog")
    sandbox.addImage("photo.jpg", as: "set/dog/1.jpg")
    let outcome = try sandbox.run("evaluate", "net.rzoo", "set")
    expectFailure(
      outcome, code: 65, saying: "set: 1 of 4 classes", "'dog'",
      "The classes of the model are 'ant', 'bee', 'cat'",
      "Rename the classes")
    let unlabelled = try sandbox.run("evaluate", "untrained.rzoo", "set")
    expectFailure(
      unlabelled, code: 65, saying: "set: has 4 classes", "the model 10 without names", "--labels")
  }

  @Test func `manifests and CIFAR files are data sets too`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    sandbox.add("set/ant/1.png,ant\nset/ant/2.jpg,ant\nset/bee/1.jpg,bee\nset/cat/1.png,cat\n", as: "set.csv")
    let folder = try sandbox.run("evaluate", "net.rzoo", "set", "--format", "json").json
    let manifest = try sandbox.run("evaluate", "net.rzoo", "set.csv", "--format", "json").json
    #expect(manifest["confusion"] as? [[Int]] == [[2, 0, 0], [1, 0, 0], [1, 0, 0]])
    #expect(manifest["loss"] as? Double == folder["loss"] as? Double)
    let record = [3] + [UInt8](repeating: 90, count: 3072)
    sandbox.folder.write(record + record, to: "test_batch.bin")
    let outcome = try sandbox.run("evaluate", "untrained.rzoo", "test_batch.bin", "--format", "json")
    #expect(try outcome.json["images"] as? Int == 2, "\(outcome.errors)")
    expectFailure(
      try sandbox.run("evaluate", "net.rzoo", "test_batch.bin"), code: 65, saying: "batches.meta.txt",
      "test_batch.bin: 10 of 10 classes", "'0', '1'")
  }

  @Test func `other things than data sets are refused`() throws {
    let sandbox = try Sandbox.withNetworks()
    for name in ["empty", "bare", "bare/ant"] { _ = sandbox.folder.makeFolder(name) }
    expectFailure(try sandbox.run("evaluate", "net.rzoo", "none"), code: 66, saying: "none: no such folder")
    expectFailure(
      try sandbox.run("evaluate", "net.rzoo", "net.rzoo"), code: 66, saying: "a data set is a folder",
      "a manifest")
    expectFailure(try sandbox.run("evaluate", "net.rzoo", "empty"), code: 65, saying: "one for each class")
    expectFailure(try sandbox.run("evaluate", "net.rzoo", "bare"), code: 65, saying: "no images")
  }
}
