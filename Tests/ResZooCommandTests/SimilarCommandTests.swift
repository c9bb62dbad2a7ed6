import Foundation
import TestSupport
import Testing

@Suite struct SimilarCommandTests {
  private static func sandbox() throws -> Sandbox {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    return sandbox
  }

  @Test func `an image is nearest to itself, in a folder and in an index of it`() throws {
    let sandbox = try Self.sandbox()
    let built = try sandbox.run("similar", "net.rzoo", "set", "--build", "set.rzindex", "--quiet")
    expectQuietSuccess(built)
    #expect(
      built.text.contains(#/^set\.rzindex: 4 images, \d+ numbers each, [\d,]+ bytes\n$/#), "\(built.text)")
    var answers: [[String]] = []
    for place in ["set", "set.rzindex"] {
      let outcome = try sandbox.run(
        "similar", "net.rzoo", "set/cat/1.png", "set/ant/2.jpg", "--among", place, "--format", "json",
        "--quiet")
      expectQuietSuccess(outcome)
      let record = try outcome.json
      #expect(record["among"] as? String == place && record["images"] as? Int == 4)
      let results = try #require(record["results"] as? [[String: Any]])
      #expect(results.map { $0["input"] as? String } == ["set/cat/1.png", "set/ant/2.jpg"])
      let nearest = try results.map { try #require($0["nearest"] as? [[String: Any]]) }
      for (result, found) in zip(results, nearest) {
        #expect(found.count == 4 && found[0]["image"] as? String == result["input"] as? String)
        #expect(try #require(found[0]["similarity"] as? Double) > 0.99999)
      }
      answers.append(nearest.flatMap { $0.map { $0["image"] as? String ?? "" } })
    }
    #expect(answers[0] == answers[1])
  }

  @Test func `every form has the same answer`() throws {
    let sandbox = try Self.sandbox()
    let arguments = ["similar", "net.rzoo", "set/cat/1.png", "--among", "set", "--quiet", "--top", "2"]
    let text = try sandbox.run(arguments)
    expectQuietSuccess(text)
    #expect(text.text.hasPrefix("set/cat/1.png\n   1.0000  set/cat/1.png\n   "), "\(text.text)")
    let other = try #require(text.text.split(separator: "\n").last?.split(separator: " ").last)
    let csv = try sandbox.run(arguments + ["--format", "csv"])
    expectQuietSuccess(csv)
    let lines = csv.text.split(separator: "\n")
    #expect(lines[0] == "input,error,image_1,similarity_1,image_2,similarity_2" && lines.count == 2)
    #expect(lines[1].hasPrefix("set/cat/1.png,,set/cat/1.png,1.0,\(other),"))
    expectQuietSuccess(try sandbox.run(arguments + ["--output", "rows.jsonl"]))
    let row = String(decoding: readFile(sandbox.folder.file("rows.jsonl")), as: UTF8.self)
    #expect(
      row.contains(#""nearest":[{"image":"set/cat/1.png","similarity":1},{"image":"\#(other)","similarity":"#)
    )
  }

  @Test func `more than there are is all of them`() throws {
    let sandbox = try Self.sandbox()
    let outcome = try sandbox.run(
      "similar", "net.rzoo", "set/cat/1.png", "--among", "set/ant", "--top", "1000000", "--format", "csv",
      "--quiet")
    expectQuietSuccess(outcome)
    #expect(outcome.text.hasPrefix("input,error,image_1,similarity_1,image_2,similarity_2\n"))
    let alone = try sandbox.run("similar", "net.rzoo", "set/cat/1.png", "--among", "set/bee", "--quiet")
    expectQuietSuccess(alone)
    #expect(alone.text.split(separator: "\n").count == 2)
  }

  @Test func `images that cannot be read are told and left out`() throws {
    let sandbox = try Self.sandbox()
    sandbox.add("no image", as: "set/ant/bad.png")
    let outcome = try sandbox.run(
      "similar", "net.rzoo", "set/ant/bad.png", "set/cat/1.png", "--among", "set/ant", "--format", "jsonl")
    expectFailure(
      outcome, code: 1, saying: "reszoo: set/ant/bad.png: is not an image", "2 of 5 images could not be read")
    let lines = outcome.text.split(separator: "\n")
    #expect(lines.count == 2 && lines[0].contains(#""error":"is not an image"#))
    #expect(!lines[1].contains("bad.png") && lines[1].contains("set/ant/1.png"))
    let built = try sandbox.run("similar", "net.rzoo", "set/ant", "--build", "x.rzindex", "--format", "json")
    expectFailure(built, code: 1, saying: "1 of 3 images could not be read")
    #expect(try built.json["images"] as? Int == 2)
    #expect(try built.json["errors"] as? Int == 1)
  }

  @Test func `what cannot be searched or built is refused`() throws {
    let sandbox = try Self.sandbox()
    sandbox.add("no image", as: "bad.png")
    _ = sandbox.folder.makeFolder("empty")
    expectQuietSuccess(
      try sandbox.run("similar", "net.rzoo", "set", "--build", "set.rzindex", "--quiet"))
    try FileManager.default.linkItem(
      atPath: sandbox.folder.file("set/ant/2.jpg"), toPath: sandbox.folder.file("link"))
    var bytes = readFile(sandbox.folder.file("set.rzindex"))
    sandbox.folder.write(Array(bytes.dropLast()), to: "short.rzindex")
    bytes[bytes.count / 2] ^= 1
    sandbox.folder.write(bytes, to: "changed.rzindex")
    let faults: [([String], Int32, String)] = [
      (["--among", "short.rzindex"], 65, "short.rzindex: is a damaged index: it has"),
      (["--among", "changed.rzindex"], 65, "changed.rzindex: is a damaged index: the checksum of"),
      (
        ["--among", "set.rzindex", "--ignore-exif"], 64,
        "prepared in another way (exif apply, and here ignore)"
      ),
      (["--among", "net.rzoo"], 65, "net.rzoo: is no index of embeddings"),
      (["--among", "nowhere"], 66, "nowhere: does not exist"),
      (["--among", "empty"], 66, "there are no images in empty"),
      (["--among", "set", "--build", "x.rzindex"], 64, "exclude each other"),
      ([], 64, "Say what to search with --among"),
      (["--among", "set", "--top", "0"], 64, "--top is 0"),
      (["--build", "x.rzindex", "--top", "3"], 64, "--top is for a search"),
      (["--build", "x.rzindex", "--format", "csv"], 64, "--format is csv"),
      (["--build", "net.rzoo"], 64, "net.rzoo: it is read by this command"),
      (["--build", "set/cat/1.png"], 64, "set/cat/1.png: it is read by this command"),
      (["--build", "x.json"], 64, "let it end in .rzindex"),
      (["--build", "set.rzindex"], 73, "holds an index"),
      (["--among", "set.rzindex", "--output", "set.rzindex"], 64, "would be replaced"),
      (["--among", "set", "--output", "link", "--force"], 64, "would be replaced"),
      (["--build", "x.rzindex", "--output", "./x.rzindex"], 64, "are one file"),
    ]
    for (options, code, words) in faults {
      let outcome = try sandbox.run(["similar", "net.rzoo", "set/cat/1.png"] + options)
      expectFailure(outcome, code: code, saying: words)
      #expect(!sandbox.folder.names.contains { $0.hasPrefix("x.") }, "\(options)")
    }
    expectFailure(
      try sandbox.run("similar", "untrained.rzoo", "set/cat/1.png", "--among", "set.rzindex"), code: 64,
      saying: "set.rzindex: is an index made by another network")
    expectFailure(
      try sandbox.run("similar", "net.rzoo", "bad.png", "--build", "x.rzindex"), code: 66,
      saying: "x.rzindex: is not written: no image has an embedding")
    expectFailure(
      try sandbox.run("similar", "net.rzoo", "set/cat/1.png", "--among", "bad.png"), code: 65,
      saying: "bad.png: is no index of embeddings")
  }

  @Test func `a missing library is named before the work begins, and an index is built without it`() throws {
    let sandbox = try Self.sandbox()
    // What is found first is no library.
    _ = sandbox.folder.makeFolder("libraries")
    for name in ["libopenblas.so.0", "libblas.so.3"] { sandbox.add("", as: "libraries/" + name) }
    let search = ["similar", "net.rzoo", "set/cat/1.png", "--among", "set"]
    expectFailure(
      try sandbox.shell(#"LD_LIBRARY_PATH="$PWD/libraries" exec "$@""#, search), code: 69,
      saying: "reszoo: this needs the library OpenBLAS; install it (")
    for library in ["/nowhere/libblas.so", "libz.so.1"] {
      expectFailure(
        try sandbox.shell("RESZOO_BLAS=\(library) exec \"$@\"", search), code: 69,
        saying:
          "reszoo: the library '\(library)', which the environment's RESZOO_BLAS names, cannot be opened")
    }
    expectQuietSuccess(
      try sandbox.shell(#"RESZOO_BLAS=libopenblas.so.0 exec "$@""#, search + ["--quiet"]))
    let built = try sandbox.shell(
      #"RESZOO_BLAS=/nowhere/libblas.so exec "$@""#, "similar", "net.rzoo", "set", "--build", "x.rzindex",
      "--quiet")
    expectQuietSuccess(built)
  }

  @Test func `names that steer a terminal are spelt out`() throws {
    let sandbox = try Self.sandbox()
    _ = sandbox.folder.makeFolder("odd")
    sandbox.addImage("rgb-8.png", as: "odd/a\u{1b}[31m\nb.png")
    expectQuietSuccess(
      try sandbox.run("similar", "net.rzoo", "odd", "--build", "odd.rzindex", "--quiet"))
    for place in ["odd", "odd.rzindex"] {
      for format in ["text", "csv", "json"] {
        let outcome = try sandbox.run(
          "similar", "net.rzoo", "set/ant/1.png", "--among", place, "--format", format, "--quiet")
        expectQuietSuccess(outcome)
        #expect(!outcome.output.contains(0x1B) && outcome.text.contains("b.png"))
      }
    }
  }
}
