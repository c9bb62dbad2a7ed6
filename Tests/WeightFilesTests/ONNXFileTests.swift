import Files
import Messages
import Platform
import TensorCore
import TestSupport
import Testing

@testable import WeightFiles

/// The index of ONNX files, sound and hostile.
@Suite struct ONNXFileTests {
  private let folder = TemporaryFolder()

  @discardableResult
  private func open(_ bytes: [UInt8], name: String = "x.onnx") throws(WeightFileError) -> ONNXFile {
    let file = try ONNXFile(InputFile.open(folder.write(bytes, to: name)))
    for name in file.constantNames {
      if let tensor = file.constants[name] { _ = try file.read(tensor) }
    }
    return file
  }

  @Test func `a sound graph is read`() throws {
    let file = try open(GraphBytes.sound)
    #expect(file.nodes.map(\.kind) == ["Relu"] && file.operatorSet == 17 && file.producer == "specimen")
    #expect(file.inputs.map(\.name) == ["input"] && file.inputs[0].dimensions == [1, 3, 8, 8])
    #expect(file.constants["c"]?.shape == [2, 3])
    #expect(file.isWhole)
  }

  @Test func `nodes are put in an order in which they can run`() throws {
    let file = try open(
      GraphBytes.model(
        GraphBytes.node("Relu", ["b"], ["output"]) + GraphBytes.node("Sigmoid", ["a"], ["b"])
          + GraphBytes.node("Neg", ["input"], ["a"])))
    #expect(file.nodes.map(\.kind) == ["Neg", "Sigmoid", "Relu"])
  }

  @Test(.timeLimit(.minutes(10)), arguments: HostileGraphs.all)
  func `every specimen is refused`(specimen: HostileFile) {
    let error = #expect(throws: WeightFileError.self) { try open(specimen.bytes) }
    #expect(error?.code == specimen.code, "\(error?.description ?? "")")
  }

  @Test func `a link out of the folder is refused, and one within is followed`() throws {
    let other = TemporaryFolder()
    let outside = other.write(Array(repeating: 0, count: 12), to: "outside.bin")
    folder.write(Array(repeating: 0, count: 12), to: "inside.bin")
    try #require(unsafe symlink(outside, folder.file("out")) == 0)
    try #require(unsafe symlink("inside.bin", folder.file("in")) == 0)
    func model(_ location: String) -> [UInt8] {
      GraphBytes.model(GraphBytes.relu + GraphBytes.external("c", [3], at: location))
    }
    let error = #expect(throws: WeightFileError.self) { try open(model("out")) }
    #expect(error?.code == .unsafePath)
    #expect(try open(model("in")).isWhole == false)
  }

  @Test func `half precision may be stored as integers`() throws {
    // 1 and -2 as the bits of float16.
    let packed = GraphBytes.bytes(5, GraphBytes.varint(0x3C00) + GraphBytes.varint(0xC000))
    let file = try open(
      GraphBytes.model(GraphBytes.relu + GraphBytes.constant("c", [2], type: 10, raw: 0, more: packed)))
    let tensor = try file.read(#require(file.constants["c"]))
    #expect(tensor.elementType == .float16)
    #expect(tensor.widened().floats[0] == 1 && tensor.widened().floats[1] == -2)
  }

  @Test func `values that are there twice are named`() {
    let floats = GraphBytes.bytes(4, [0, 0, 0, 0])
    let error = #expect(throws: WeightFileError.self) {
      try open(GraphBytes.model(GraphBytes.relu + GraphBytes.constant("fc.weight", [1], more: floats)))
    }
    #expect(
      error?.message.contains("'fc.weight' has its values twice, and programs differ in which they take")
        == true)
  }

  @Test func `the kind of a setting says which of its values counts`() throws {
    let half: [UInt8] = [0x15, 0, 0, 0, 0x3F]
    let setting = GraphBytes.text(1, "epsilon") + half + GraphBytes.number(3, 1) + GraphBytes.number(20, 1)
    let file = try open(
      GraphBytes.model(
        GraphBytes.node("Relu", ["input"], ["output"], more: GraphBytes.bytes(5, setting))))
    #expect(file.nodes.first?.float("epsilon") == 0.5)
  }

  @Test func `a file that ends too soon is refused wherever it ends`() {
    for length in GraphBytes.sound.indices.dropLast(4) {
      #expect(throws: WeightFileError.self, "\(length)") { try open(Array(GraphBytes.sound.prefix(length))) }
    }
  }

  @Test func `damage never crashes`() {
    var random = HostileFileTests.SeededGenerator(seed: 1)
    for _ in 0..<2000 {
      var bytes = GraphBytes.sound
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
      }
      _ = try? open(bytes)
    }
  }
}
