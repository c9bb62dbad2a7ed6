import Foundation
import TestSupport
import Testing

@Suite struct ClassifyTests {
  @Test func `text names each image and its classes`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.addImage("rgb-8.png")
    let outcome = try sandbox.run("classify", "net.rzoo", "rgb-8.png", "photo.jpg")
    expectQuietSuccess(outcome)
    let classes = """
         100.00 %  ant
           0.00 %  bee
           0.00 %  cat

      """
    #expect(outcome.text == "rgb-8.png\n" + classes + "photo.jpg\n" + classes)
  }

  @Test func `answers of random weights are called untrained`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    let text = try sandbox.run("classify", "untrained.rzoo", "photo.jpg", "--top", "2")
    expectQuietSuccess(text)
    #expect(text.text.hasPrefix("UNTRAINED network: its weights are random"))
    let json = try sandbox.run("classify", "untrained.rzoo", "photo.jpg", "--format", "json")
    #expect(try json.json["untrained"] as? Bool == true)
    for format in ["jsonl", "csv"] {
      let outcome = try sandbox.run("classify", "untrained.rzoo", "photo.jpg", "--format", format)
      #expect(outcome.errors.contains("UNTRAINED"))
      #expect(!outcome.text.contains("UNTRAINED"))
    }
  }

  @Test func `classes without names are shown by number`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    let text = try sandbox.run("classify", "untrained.rzoo", "photo.jpg")
    #expect(text.text.split(separator: "\n").dropFirst(2).allSatisfy { $0.contains(" %  class ") })
    let json = try sandbox.run("classify", "untrained.rzoo", "photo.jpg", "--format", "jsonl")
    let top = try #require(try json.json["top"] as? [[String: Any]])
    #expect(top.count == 5)
    #expect(top.allSatisfy { $0["label"] is NSNull && $0["index"] is Int })
    let logits = try top.map { try #require($0["logit"] as? Double) }
    #expect(logits == logits.sorted(by: >))
  }

  @Test func `top lists at most the classes that exist`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    for (top, count) in [("1", 1), ("3", 3), ("10", 10), ("11", 10), ("1000000", 10)] {
      let outcome = try sandbox.run(
        "classify", "untrained.rzoo", "photo.jpg", "--format", "jsonl", "--top", top)
      #expect((try outcome.json["top"] as? [Any])?.count == count, "--top \(top)")
    }
  }

  @Test func `folders are searched to any depth in sorted order`() throws {
    let sandbox = try Sandbox.withNetworks()
    for name in ["images", "images/b", "images/b/c"] { _ = sandbox.folder.makeFolder(name) }
    for name in ["z.jpg", "b/2.JPEG", "b/c/1.jpg", "a.jpg"] {
      sandbox.addImage("photo.jpg", as: "images/" + name)
    }
    sandbox.add("no image", as: "images/b/readme.txt")
    let outcome = try sandbox.run("classify", "net.rzoo", "images", "--format", "csv", "--top", "1")
    #expect(outcome.status == 0)
    #expect(
      outcome.firstFields == [
        "input", "images/a.jpg", "images/b/2.JPEG", "images/b/c/1.jpg", "images/z.jpg",
      ])
    #expect(
      outcome.errors
        == "reszoo: left out 1 file of another kind (images/b/readme.txt)\n")
  }

  @Test(arguments: [
    "photo.jpg\nrgb-8.png\n", "\u{FEFF}photo.jpg\r\nrgb-8.png", "photo.jpg\0rgb-8.png\0",
    "\n\nphoto.jpg\n\nrgb-8.png\n",
  ])
  func `lists of paths end in line feeds or in NULs`(list: String) throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.addImage("rgb-8.png")
    let outcome = try sandbox.run("classify", "net.rzoo", "-", "--format", "csv", "--top", "1", input: list)
    expectQuietSuccess(outcome)
    #expect(outcome.firstFields == ["input", "photo.jpg", "rgb-8.png"])
  }

  @Test func `a list with a NUL in a line is refused`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    for list in ["photo.jpg\0.txt\n", "a\0photo.jpg"] {
      let outcome = try sandbox.run("classify", "net.rzoo", "-", input: list)
      expectFailure(outcome, code: 65, saying: "standard input: has a NUL, but does not end in one")
      #expect(outcome.output.isEmpty)
    }
    let long = try sandbox.run("classify", "net.rzoo", "-", input: String(repeating: "x", count: 100_000))
    #expect(long.errors.utf8.count < 1000 && long.errors.contains("… (100,000 bytes)"), "\(long.errors)")
  }

  @Test func `an image on standard input is classified`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    let file = try sandbox.run("classify", "net.rzoo", "photo.jpg", "--format", "jsonl")
    let piped = try sandbox.shell("exec \"$@\" < photo.jpg", "classify", "net.rzoo", "-", "--format", "jsonl")
    expectQuietSuccess(piped)
    #expect(piped.text == file.text.replacing("photo.jpg", with: "-"))
    for command in [["preprocess"], ["features"]] {
      for (input, output) in [("photo.jpg", "a.npy"), ("-", "b.npy")] {
        let outcome = try sandbox.shell(
          "exec \"$@\" < photo.jpg", command + ["net.rzoo", input, "--output", output])
        #expect(outcome.status == 0, "\(outcome.errors)")
      }
      let array = readFile(sandbox.folder.file("a.npy"))
      #expect(!array.isEmpty && array == readFile(sandbox.folder.file("b.npy")))
    }
    sandbox.folder.write(Array("%PDF-1.7\n".utf8) + [1, 2, 3], to: "page.pdf")
    expectFailure(
      try sandbox.shell("exec \"$@\" < page.pdf", "classify", "net.rzoo", "-"), code: 65,
      saying: "standard input: is a PDF document", "'-' takes paths, one on each line, or one image")
  }

  @Test func `paths on standard input take their place among the others`() throws {
    let sandbox = try Sandbox.withNetworks()
    for name in ["a.jpg", "b.jpg", "c.jpg", "d.jpg"] { sandbox.addImage("photo.jpg", as: name) }
    let outcome = try sandbox.run(
      "classify", "net.rzoo", "d.jpg", "-", "a.jpg", "--format", "csv", "--top", "1",
      input: "c.jpg\r\n\nb.jpg")
    expectQuietSuccess(outcome)
    #expect(outcome.firstFields == ["input", "d.jpg", "c.jpg", "b.jpg", "a.jpg"])
  }

  @Test func `a damaged image gets one row and the others are unchanged`() throws {
    let sandbox = try Sandbox.withNetworks()
    let sound = ["420.jpg", "gray.jpg", "rgb-8.png", "palette-8.png"]
    for name in sound { sandbox.addImage(name) }
    sandbox.add("not an image", as: "bad.jpg")
    let expected = try sandbox.run(
      "classify", "untrained.rzoo", sound[0], sound[1], sound[2], sound[3], "--format", "jsonl")
    let outcome = try sandbox.run(
      "classify", "untrained.rzoo", sound[0], sound[1], "bad.jpg", sound[2], sound[3], "--format", "jsonl")
    expectFailure(outcome, code: 1, saying: "reszoo: bad.jpg: ", "1 of 5 images could not be read")
    var rows = outcome.text.split(separator: "\n")
    try #require(rows.count == 5)
    let bad = rows.remove(at: 2)
    #expect(bad.contains(#""input":"bad.jpg""#) && bad.contains(#""error":""#) && !bad.contains("top"))
    #expect(rows == expected.text.split(separator: "\n"))
  }

  @Test func `batch and threads change no byte`() throws {
    let sandbox = try Sandbox.withNetworks()
    _ = sandbox.folder.makeFolder("images")
    for name in ["420.jpg", "gray.jpg", "rgb-8.png", "palette-8.png", "cmyk.jpg", "exif-6.jpg", "tall.png"] {
      sandbox.addImage(name, as: "images/" + name)
    }
    let texts = try [("1", "1"), ("8", "1"), ("3", "2"), ("2", "5"), ("1024", "0")].map { batch, threads in
      let outcome = try sandbox.run(
        "classify", "untrained.rzoo", "images", "--format", "json", "--batch", batch, "--threads", threads)
      expectQuietSuccess(outcome)
      return outcome.text
    }
    #expect(Set(texts).count == 1)
  }

  @Test func `orientation is applied unless ignored and the answer says which`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("exif-6.jpg")
    sandbox.addImage("exif-1.jpg")
    func classify(_ option: String...) throws -> (answer: [String: Any], rows: [[String: Any]]) {
      let arguments = ["exif-6.jpg", "exif-1.jpg", "--format", "json"] + option
      let outcome = try sandbox.run(["classify", "untrained.rzoo"] + arguments)
      let answer = try outcome.json
      return (answer, try #require(answer["results"] as? [[String: Any]]))
    }
    let applied = try classify()
    #expect(applied.answer["exif"] as? String == "apply")
    #expect(applied.rows[0]["exif"] as? [String: Int] == ["orientation": 6, "applied": 1])
    #expect(applied.rows[1]["exif"] == nil)
    let ignored = try classify("--ignore-exif")
    #expect(ignored.answer["exif"] as? String == "ignore")
    #expect(ignored.rows[0]["exif"] as? [String: Int] == ["orientation": 6, "applied": 0])
    #expect(applied.rows[0]["top"] as? NSArray != ignored.rows[0]["top"] as? NSArray)
    #expect(applied.rows[1]["top"] as? NSArray == ignored.rows[1]["top"] as? NSArray)
  }

  @Test func `sums in double precision agree`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    func logits(_ options: String...) throws -> [Double] {
      let outcome = try sandbox.run(
        ["classify", "untrained.rzoo", "photo.jpg", "--format", "jsonl"] + options)
      let top = try #require(try outcome.json["top"] as? [[String: Any]])
      return try top.map { try #require($0["logit"] as? Double) }
    }
    let (usual, exact) = (try logits(), try logits("--exact", "--optimize", "latency"))
    // DESIGN §6: 1e-3 of the largest.
    for (a, b) in zip(usual, exact) { #expect(abs(a - b) <= 1e-3 * abs(exact[0])) }
  }
}
