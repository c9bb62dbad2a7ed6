import Foundation
import TestSupport
import Testing

#if canImport(FoundationXML)
import FoundationXML
#endif

/// `inspect --graph`.
@Suite struct GraphCommandTests {
  @Test func `the table lists every node and sums up`() throws {
    let sandbox = try Sandbox.withNetworks()
    let outcome = try sandbox.run("inspect", "net.rzoo", "--graph")
    expectQuietSuccess(outcome)
    #expect(
      outcome.text == """
        node               operation                                        output  parameters  multiply-adds
        input              input                                             3×8×8
        conv1              convolution 3×3                                   2×8×8          54          3,456
        bn1                batch norm                                        2×8×8           4
        relu               ReLU                                              2×8×8
        layer1.0.conv1     convolution 3×3                                   2×8×8          36          2,304
        layer1.0.bn1       batch norm                                        2×8×8           4
        layer1.0.relu1     ReLU                                              2×8×8
        layer1.0.conv2     convolution 3×3                                   2×8×8          36          2,304
        layer1.0.bn2       batch norm                                        2×8×8           4
        layer1.0.add       add                                               2×8×8
        layer1.0.relu      ReLU                                              2×8×8
        layer2.0.conv1     convolution 3×3, stride 2                         4×4×4          72          1,152
        layer2.0.bn1       batch norm                                        4×4×4           8
        layer2.0.relu1     ReLU                                              4×4×4
        layer2.0.conv2     convolution 3×3                                   4×4×4         144          2,304
        layer2.0.bn2       batch norm                                        4×4×4           8
        layer2.0.shortcut  zero-pad shortcut stride 2, 2 channels of zeros   4×4×4
        layer2.0.add       add                                               4×4×4
        layer2.0.relu      ReLU                                              4×4×4
        avgpool            global average pool                               4×1×1
        fc                 linear 4 to 3                                     3×1×1          15             12
        all                21 nodes                                                        385         11,532

        """)
  }

  @Test func `text, JSON and drawings of a network agree`() throws {
    let sandbox = try Sandbox.withNetworks()
    let record = try sandbox.run("inspect", "net.rzoo", "--graph", "--json").json
    #expect(record["parameters"] as? Int == 385)
    #expect(record["multiply_adds"] as? Int == 11_532)
    let nodes = try #require(record["nodes"] as? [[String: Any]])
    #expect(nodes.reduce(0) { $0 + ($1["parameters"] as? Int ?? 0) } == 385)
    #expect(nodes.last?["name"] as? String == "fc")
    #expect(nodes.first { $0["name"] as? String == "layer1.0.add" }?["inputs"] as? [String] != nil)
    let text = try sandbox.run("inspect", "net.rzoo", "--graph").text
    #expect(text.split(separator: "\n").count == nodes.count + 2)
    let dot = try sandbox.run("inspect", "net.rzoo", "--graph", "--format", "dot")
    expectQuietSuccess(dot)
    #expect(dot.text.hasPrefix("digraph network {\n") && dot.text.hasSuffix("}\n"))
    let written = try sandbox.run(
      "inspect", "net.rzoo", "--graph", "--format", "svg", "--output", "net.svg")
    expectQuietSuccess(written)
    #expect(written.text == "")
    let svg = readFile(sandbox.folder.file("net.svg"))
    #expect(XMLParser(data: Data(svg)).parse())
  }

  @Test func `another size changes shapes and work`() throws {
    let sandbox = try Sandbox.withNetworks()
    let record = try sandbox.run("inspect", "untrained.rzoo", "--graph", "--json", "--size", "64").json
    let nodes = try #require(record["nodes"] as? [[String: Any]])
    #expect(nodes[0]["shape"] as? [Int] == [3, 64, 64])
    #expect(record["parameters"] as? Int == 175_258)
    let outcome = try sandbox.run("inspect", "untrained.rzoo", "--graph", "--size", "20000")
    expectFailure(outcome, code: 64, saying: "untrained.rzoo: images of 20000×20000")
  }

  @Test func `names and descriptors are drawn like checkpoints`() throws {
    let sandbox = try Sandbox.withNetworks()
    let named = try sandbox.run("inspect", "resnet152", "--graph")
    expectQuietSuccess(named)
    #expect(named.text.hasSuffix(" 60,192,808  11,513,626,624\n"), "\(named.text.suffix(80))")
    sandbox.add(
      #"{"stem": {"kind": "conv3x3", "widths": [8], "pool": false}, "block": "basic", "classes": 4,"#
        + #""stages": [{"blocks": 1, "width": 8, "stride": 1}]}"#, as: "mine.json")
    let own = try sandbox.run("inspect", "mine.json", "--graph", "--size", "16")
    expectQuietSuccess(own)
    #expect(own.text.contains("layer1.0.conv1"))
    sandbox.add("{}", as: "empty.json")
    expectFailure(
      try sandbox.run("inspect", "empty.json", "--graph"), code: 65, saying: "reszoo: empty.json: ")
    expectFailure(try sandbox.run("inspect", "resnet51", "--graph"), code: 66, saying: "resnet51")
    expectFailure(
      try sandbox.run("inspect", "net.rzoo", "--graph", "--format", "svg", "--output", "net.rzoo"), code: 64,
      saying: "would be replaced")
  }

  @Test func `the ending of the file decides on the form`() throws {
    let sandbox = Sandbox()
    func inspect(_ arguments: String...) throws {
      expectQuietSuccess(try sandbox.run(["inspect", "small_resnet18"] + arguments))
    }
    try inspect("--graph", "--output", "a.svg")
    try inspect("--output", "b.svg")
    try inspect("--format", "svg", "--output", "c")
    let drawing = readFile(sandbox.folder.file("a.svg"))
    #expect(String(decoding: drawing, as: UTF8.self).hasPrefix("<svg"))
    #expect(
      readFile(sandbox.folder.file("b.svg")) == drawing && readFile(sandbox.folder.file("c")) == drawing)
    try inspect("--graph", "--output", "d.gv")
    #expect(String(decoding: readFile(sandbox.folder.file("d.gv")), as: UTF8.self).hasPrefix("digraph"))
    try inspect("--graph", "--output", "e.json")
    #expect(String(decoding: readFile(sandbox.folder.file("e.json")), as: UTF8.self).hasPrefix("{"))
    try inspect("--graph", "--format", "text", "--output", "f.svg")
    #expect(String(decoding: readFile(sandbox.folder.file("f.svg")), as: UTF8.self).hasPrefix("node"))
  }
}
