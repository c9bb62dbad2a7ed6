import Foundation
import TestSupport
import Testing

#if canImport(FoundationXML)
import FoundationXML
#endif

@Suite struct FeaturesCommandTests {
  @Test func `features of the head are the logits of run`() throws {
    let sandbox = try Sandbox.withNetworks()
    let names = ["photo.jpg", "exif-6.jpg", "palette-8.png"]
    for name in names { sandbox.addImage(name) }
    expectQuietSuccess(try sandbox.run(["preprocess", "untrained.rzoo"] + names + ["--output", "x.npy"]))
    expectQuietSuccess(try sandbox.run("run", "untrained.rzoo", "--input", "x.npy", "--output", "y.npy"))
    expectQuietSuccess(
      try sandbox.run(["features", "untrained.rzoo"] + names + ["--node", "fc", "--output", "f.npy"]))
    #expect(readFile(sandbox.folder.file("f.npy")) == readFile(sandbox.folder.file("y.npy")))
    // The input node gives what was preprocessed.
    expectQuietSuccess(
      try sandbox.run(["features", "untrained.rzoo"] + names + ["--node", "input", "--output", "f.npy"]))
    #expect(readFile(sandbox.folder.file("f.npy")) == readFile(sandbox.folder.file("x.npy")))
  }

  @Test func `shapes are those of the layer`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.addImage("rgb-8.png")
    for (options, shape) in [
      ([], "(2, 64)"), (["--node", "avgpool"], "(2, 64, 1, 1)"),
      (["--node", "avgpool", "--pool"], "(2, 64)"),
      (["--node", "layer2"], "(2, 32, 16, 16)"), (["--node", "layer1.0.conv1"], "(2, 16, 32, 32)"),
      (["--node", "layer2.0", "--pool"], "(2, 32)"),
    ] {
      let outcome = try sandbox.run(
        ["features", "untrained.rzoo", "photo.jpg", "rgb-8.png", "--output", "f.npy"] + options)
      expectQuietSuccess(outcome)
      #expect(try Array32(readFile(sandbox.folder.file("f.npy"))).shape == shape, "\(options)")
    }
  }

  @Test func `a dash is standard output`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    let arguments = ["features", "untrained.rzoo", "photo.jpg", "--output"]
    expectQuietSuccess(try sandbox.run(arguments + ["f.npy"]))
    let outcome = try sandbox.run(arguments + ["-"])
    expectQuietSuccess(outcome)
    #expect(outcome.output == readFile(sandbox.folder.file("f.npy")))
    #expect(!sandbox.folder.names.contains("-"))
  }

  @Test func `an unreadable image keeps its place`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.add("no image", as: "bad.png")
    let outcome = try sandbox.run(
      "features", "untrained.rzoo", "photo.jpg", "bad.png", "photo.jpg", "--output", "f.npy")
    expectFailure(
      outcome, code: 1, saying: "reszoo: bad.png: is not an image", "1 of 3 images could not be read")
    let array = try Array32(readFile(sandbox.folder.file("f.npy")))
    #expect(array.shape == "(3, 64)")
    #expect(array.elements[64..<128].count { $0.isNaN } == 64)
    #expect(array.elements[..<64] == array.elements[128...])
    #expect(array.elements[..<64].count { $0.isFinite } == 64)
  }

  @Test func `an unknown node gets close nodes suggested`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    for options in [["--output", "f.npy"], ["--statistics"]] {
      let outcome = try sandbox.run(
        ["features", "untrained.rzoo", "photo.jpg", "--node", "layer3.5"] + options)
      expectFailure(
        outcome, code: 64,
        saying: "reszoo: untrained.rzoo: there is no node 'layer3.5'; close to it: layer3.0, layer3.1")
      #expect(!sandbox.folder.names.contains("f.npy"))
    }
  }

  @Test func `a sheet shows the first image`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.addImage("rgb-8.png")
    for scale in [[], ["--scale", "all"]] {
      expectQuietSuccess(
        try sandbox.run(
          ["features", "untrained.rzoo", "photo.jpg", "--node", "layer1", "--sheet", "m.png"] + scale))
      // What was drawn is an image that is read again.
      let outcome = try sandbox.run(
        "preprocess", "net.rzoo", "m.png", "--stage", "pixels", "--output", "x.npy")
      expectQuietSuccess(outcome)
    }
    let first = readFile(sandbox.folder.file("m.png"))
    expectQuietSuccess(
      try sandbox.run(
        "features", "untrained.rzoo", "photo.jpg", "rgb-8.png", "--node", "layer1", "--scale", "all",
        "--sheet", "n.png", "--output", "f.npy"))
    #expect(readFile(sandbox.folder.file("n.png")) == first)
  }

  @Test func `a sheet without a node shows the last maps`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    let outcome = try sandbox.run("features", "untrained.rzoo", "photo.jpg", "--sheet", "m.png")
    #expect(outcome.status == 0 && outcome.errors.contains("shows layer3.1."), "\(outcome.errors)")
    expectQuietSuccess(
      try sandbox.run("features", "untrained.rzoo", "photo.jpg", "--node", "layer3", "--sheet", "n.png"))
    #expect(readFile(sandbox.folder.file("m.png")) == readFile(sandbox.folder.file("n.png")))
    for (more, words) in [
      (["--pool"], "--pool leaves no maps"), (["--output", "f.npy"], "together need --node"),
      (["--node", "fc"], "--node fc: has one number"),
    ] {
      expectFailure(
        try sandbox.run(["features", "untrained.rzoo", "photo.jpg", "--sheet", "x.png"] + more), code: 64,
        saying: words)
    }
  }

  @Test func `statistics are a table, JSON and a plot`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.addImage("rgb-8.png")
    let arguments = ["features", "untrained.rzoo", "photo.jpg", "rgb-8.png", "--statistics"]
    let text = try sandbox.run(arguments + ["--node", "relu", "--node", "layer1"])
    expectQuietSuccess(text)
    let lines = text.text.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0].contains("node") && lines[0].hasSuffix("largest"))
    #expect(lines[1].hasPrefix("relu ") && lines[1].contains(" %"))
    let outcome = try sandbox.run(arguments + ["--format", "json", "--plot", "nodes.svg"])
    expectQuietSuccess(outcome)
    let record = try outcome.json
    #expect(record["images"] as? Int == 2)
    let nodes = try #require(record["nodes"] as? [[String: Any]])
    let relu = try #require(nodes.first { $0["name"] as? String == "relu" })
    #expect(relu["minimum"] as? Double == 0)
    #expect(relu["values"] as? Int == 2 * 16 * 32 * 32)
    #expect(try #require(relu["zero_share"] as? Double) > 0)
    #expect(XMLParser(data: Data(readFile(sandbox.folder.file("nodes.svg")))).parse())
  }
}
