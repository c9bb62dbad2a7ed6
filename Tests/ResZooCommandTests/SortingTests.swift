import Foundation
import TestSupport
import Testing

/// Images that `classify` puts into folders. The imported network calls every image an ant.
@Suite struct SortingTests {
  private func folder() throws -> Sandbox {
    let sandbox = try Sandbox.withNetworks()
    for name in ["in", "in/a", "in/b"] { _ = sandbox.folder.makeFolder(name) }
    sandbox.addImage("photo.jpg", as: "in/a/x.jpg")
    sandbox.addImage("gray.jpg", as: "in/b/x.jpg")
    sandbox.addImage("rgb-8.png", as: "in/b/y.png")
    return sandbox
  }

  private func names(_ path: String, _ sandbox: Sandbox) -> [String] {
    TemporaryFolder.names(in: sandbox.folder.file(path)).sorted()
  }

  @Test func `images are copied into folders of their classes, and none is replaced`() throws {
    let sandbox = try folder()
    _ = sandbox.folder.makeFolder("out")
    _ = sandbox.folder.makeFolder("out/ant")
    sandbox.add("mine", as: "out/ant/y.png")
    for _ in 1...2 {
      #expect(try sandbox.run("classify", "net.rzoo", "in", "--sort-into", "out").status == 0)
      #expect(names("out", sandbox) == ["ant"])
      #expect(names("out/ant", sandbox) == ["x (2).jpg", "x.jpg", "y (2).png", "y.png"])
      #expect(names("in/b", sandbox) == ["x.jpg", "y.png"])
    }
    #expect(readFile(sandbox.folder.file("out/ant/y.png")) == Array("mine".utf8))
    #expect(readFile(sandbox.folder.file("out/ant/x.jpg")) == Samples.image("photo.jpg"))
    #expect(readFile(sandbox.folder.file("out/ant/x (2).jpg")) == Samples.image("gray.jpg"))
    expectFailure(
      try sandbox.run("classify", "net.rzoo", "in", "out", "--sort-into", "out"), code: 64,
      saying: "lies in out")
  }

  @Test func `links lead to the images`() throws {
    let sandbox = try folder()
    for _ in 1...2 {
      #expect(
        try sandbox.run("classify", "net.rzoo", "in", "--sort-into", "s", "--link", "symbolic").status == 0)
      #expect(try sandbox.run("classify", "net.rzoo", "in", "--sort-into", "h", "--link", "hard").status == 0)
      #expect(names("s/ant", sandbox) == ["x (2).jpg", "x.jpg", "y.png"])
      #expect(names("h/ant", sandbox) == ["x (2).jpg", "x.jpg", "y.png"])
    }
    let target = try FileManager.default.destinationOfSymbolicLink(atPath: sandbox.folder.file("s/ant/y.png"))
    #expect(target.hasPrefix("/") && target.hasSuffix("/in/b/y.png"))
    let attributes = try FileManager.default.attributesOfItem(atPath: sandbox.folder.file("h/ant/y.png"))
    #expect(attributes[.referenceCount] as? Int == 2)
    expectFailure(
      try sandbox.run("classify", "net.rzoo", "in", "--link", "hard"), code: 64, saying: "--sort-into")
  }

  @Test func `images of no probable class are unsure`() throws {
    let sandbox = try folder()
    let arguments = ["classify", "untrained.rzoo", "in/b/y.png", "--min-probability", "0.9"]
    let text = try sandbox.run(arguments + ["--sort-into", "out"])
    #expect(text.text.contains("\n  no class of 90.00 % or more\n"))
    #expect(names("out", sandbox) == ["unsure"] && names("out/unsure", sandbox) == ["y.png"])
    let json = try sandbox.run(arguments + ["--format", "jsonl"]).json
    #expect((json["top"] as? [Any])?.isEmpty == true && json["unsure"] as? Bool == true)
    let csv = try sandbox.run(arguments + ["--format", "csv", "--top", "1"]).text
    #expect(csv == "input,error,label_1,index_1,probability_1,logit_1\nin/b/y.png,,,,,\n")
    for value in ["0", "1.5", "nan"] {
      expectFailure(
        try sandbox.run("classify", "net.rzoo", "in", "--min-probability", value), code: 64,
        saying: "--min-probability")
    }
  }

  @Test func `names of classes become names of folders`() throws {
    let sandbox = try folder()
    for (labels, name) in [
      ("../up\nbee\ncat\n", "_._up"), ("a/b:c\nbee\ncat\n", "a_b_c"),
      ("Unsure\nbee\ncat\n", "Unsure (class 0)"),
      ("CAT\nbee\ncat\n", "CAT (class 0)"), ("nul\nbee\ncat\n", "nul_"),
      ("-rf\nbee\ncat\n", "_-rf"), ("a\u{202E}b\nbee\ncat\n", "a_u{202e}b"),
      ("a\u{200B}bcd\nbee\ncat\n", "a_u{200b}bcd"),
    ] {
      sandbox.add(labels, as: "labels.txt")
      let output = "\(name.utf8.count).rzoo"
      #expect(try sandbox.run("edit", "net.rzoo", "--labels", "labels.txt", "--output", output).status == 0)
      #expect(try sandbox.run("classify", output, "in/a", "--sort-into", "out-\(name)").status == 0)
      #expect(names("out-\(name)", sandbox) == [name])
      removeTree(sandbox.folder.file(output))
    }
  }

  private func removeTree(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

  @Test func `annotated images show their classes`() throws {
    let sandbox = try folder()
    for _ in 1...2 {
      #expect(try sandbox.run("classify", "net.rzoo", "in", "--annotate", "out").status == 0)
      #expect(names("out", sandbox) == ["x (2).png", "x.png", "y.png"])
    }
    let annotated = try sandbox.run("classify", "net.rzoo", "out", "--format", "jsonl")
    #expect(annotated.status == 0 && annotated.text.split(separator: "\n").count == 3)
  }

  @Test func `a table of all classes has a column for each`() throws {
    let sandbox = try folder()
    sandbox.add("ant\nbee\nant\n", as: "labels.txt")
    #expect(
      try sandbox.run("edit", "net.rzoo", "--labels", "labels.txt", "--output", "twins.rzoo").status == 0)
    let csv = try sandbox.run("classify", "twins.rzoo", "in/a", "--format", "csv", "--top", "all").text
    let lines = csv.split(separator: "\n")
    #expect(lines[0] == "input,error,ant (class 0),bee,ant (class 2)")
    let cells = lines[1].split(separator: ",", omittingEmptySubsequences: false)
    #expect(cells.count == 5 && cells[2...].compactMap { Double($0) }.reduce(0, +) > 0.999)
    let json = try sandbox.run("classify", "untrained.rzoo", "in/a", "--format", "jsonl", "--top", "all").json
    #expect((json["top"] as? [Any])?.count == 10)
    expectFailure(try sandbox.run("classify", "net.rzoo", "in", "--top", "some"), code: 64, saying: "--top")
  }
}
