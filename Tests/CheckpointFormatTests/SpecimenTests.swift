import Platform
import TensorCore
import TestSupport
import Testing

@testable import CheckpointFormat

/// Files of this program among spec/vectors/valid, which every later version must read; `VectorTests` reads them all.
///
/// This test is their generator too: `RESZOO_WRITE_SPECIMENS=1` adds those that are missing, and `tools/fixtures/make_vectors.py` then
/// lists them. It never replaces one.
@Suite(.serialized) struct SpecimenTests {
  private static let folder =
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/spec/vectors/valid"

  /// What the specimens hold; the names tell which part of the specification each is for.
  private static let contents: [(name: String, codec: Codec, tensors: NamedTensors)] = [
    ("every-type", .automatic, Sample.small),
    ("every-type-raw", .none, Sample.small),
    ("no-tensors", .automatic, []),
    ("one-scalar", .automatic, [("s", Tensor([], seed: 1))]),
    (
      "several-chunks", .automatic,
      [
        ("a", Tensor([1100], seed: 2)), ("b", Tensor([4097], .bfloat16, seed: 3)),
        ("c", Tensor([2048], .float16, seed: 4)), ("d", Tensor([513], .float64, seed: 5)),
        ("e", Tensor([600], .int64, seed: 6)),
      ]
    ),
    (
      "compressed-directory", .automatic,
      (0..<200).map { ("layer\($0 / 20).\($0 % 20).conv.weight", Tensor([$0 % 5], seed: UInt64($0))) }
    ),
  ]

  /// What tools/fixtures/make_network_specimens adds: a network, one that differs from it in its head, and that one as a delta with a
  /// golden trace and a signature by a published key.
  @Test func theSignedDeltaIsSignedByThePublishedKey() throws {
    let key = try VerifyingKey(text: readFile(Self.folder + "/published-test-key.pub.pem"))
    for name in ["network-changed", "network-delta"] {
      try CheckpointReader(path: Self.folder + "/" + name + ".rzoo").index.checkSignatures(by: key)
    }
    let delta = try CheckpointReader(path: Self.folder + "/network-delta.rzoo").index
    #expect(delta.entries.map(\.name) == ["fc.bias", "fc.weight"])
    #expect(
      delta.delta?.contentRoot
        == (try CheckpointReader(path: Self.folder + "/network.rzoo").index.contentRoot))
  }

  @Test func specimensHoldWhatTheirGeneratorSays() throws {
    try Self.writeMissing()
    for (name, _, tensors) in Self.contents {
      let loaded = try CheckpointReader(path: Self.folder + "/" + name + ".rzoo").loadTensors()
      #expect(loaded.count == tensors.count)
      for (tensorName, tensor) in tensors { #expect(loaded[tensorName]?.byteArray == tensor.byteArray) }
    }
  }

  private static func writeMissing() throws {
    guard unsafe getenv("RESZOO_WRITE_SPECIMENS") != nil else { return }
    for (name, codec, tensors) in contents where unsafe access(folder + "/" + name + ".rzoo", F_OK) != 0 {
      try CheckpointWriter.write(
        IndexParts(architectureJSON: Sample.architecture, metadataJSON: Sample.metadata), tensors: tensors,
        codec: codec, threads: 0, chunkExponent: 12, to: folder + "/" + name + ".rzoo")
    }
    var chunked = Forge([
      Forge.Entry(
        "w", [3, 1000],
        [0, 1, 2].map { part in Forge.Chunk(bytes: Array(repeating: part, count: part < 2 ? 4096 : 3808)) })
    ])
    chunked.chunkExponent = 12
    var extended = Forge()
    extended.sections.append(.init(kind: "note", content: Array("later".utf8), flags: 0, sinceVersion: 2))
    for (name, forge) in [("small-chunks", chunked), ("ignorable-section", extended)]
    where unsafe access(folder + "/" + name + ".rzoo", F_OK) != 0 {
      writeFile(forge.bytes(), to: folder + "/" + name + ".rzoo")
    }
  }
}
