import Foundation
import Messages
import TensorCore
import TestSupport
import Testing

@testable import WeightFiles

/// NumPy's archives and pickles, and Keras's HDF5. Files and `expected.json` by `tools/fixtures/make_array_fixtures.py`.
@Suite struct ArrayTests {
  private static func path(_ name: String) -> String { WeightFixtures.path("arrays/" + name) }

  private static let expected: [String: [PyTorchFixtures.Expected]] = {
    guard let data = try? Data(contentsOf: URL(filePath: path("expected.json"))),
      let table = try? JSONDecoder().decode([String: [PyTorchFixtures.Expected]].self, from: data)
    else { return [:] }
    return table
  }()

  static let names = [
    "deflated.npz", "legacy.h5", "model.keras", "numbered.weights.h5", "protocol2.pkl", "protocol3.pkl",
    "protocol4.pkl", "protocol5.pkl", "python2.pkl", "stored.npz", "table.npy",
  ]

  @Test func thereAreFixtures() { #expect(Self.expected.keys.sorted() == Self.names) }

  @Test(arguments: names)
  func everyArrayIsWhatWasWritten(name: String) throws {
    let source = try openWeights(Self.path(name))
    let expected = try #require(Self.expected[name])
    #expect(source.tensors.map(\.name) == expected.map(\.name))
    for (index, row) in expected.enumerated() {
      let tensor = try source.read(index)
      #expect(tensor.shape.dimensions == row.shape, "\(row.name)")
      #expect(tensor.widened().sha256 == row.sha256, "\(row.name)")
      #expect(try source.elements(index).compare(with: tensor).firstDifference == nil, "\(row.name)")
    }
    _ = try source.finish()
  }

  @Test func whatIsNoWeightIsSaid() throws {
    let notes = try openWeights(Self.path("legacy.h5")).notes.map(\.description)
    #expect(notes == ["left out: 1 arrays of the optimizer, unread"])
  }

  @Test func theNewerLayoutIsRefusedWithAWayOut() {
    let error = #expect(throws: WeightFileError.self) { try openWeights(Self.path("newer.h5")) }
    #expect(error?.code == .unsupportedVersion)
    #expect(error?.message.contains("libver='earliest'") == true)
  }

  /// Whatever is changed or cut off, reading ends with tensors or an error.
  @Test(.timeLimit(.minutes(2)), arguments: names + ["newer.h5"])
  func damageNeverCrashes(name: String) {
    let folder = TemporaryFolder()
    let original = readFile(Self.path(name))
    var random = HostileFileTests.SeededGenerator(seed: 5)
    for round in 0..<400 {
      var bytes = original
      if round % 4 == 0 { bytes = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &random))) }
      for _ in 0..<(1 + round % 5) where !bytes.isEmpty {
        bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
      }
      _ = try? openWeights(folder.write(bytes, to: name)).readAll()
    }
  }
}
