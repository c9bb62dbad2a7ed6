import Crypto
import Foundation
import Messages
import TensorCore
import TestSupport
import Testing

@testable import WeightFiles

/// Fixtures and `expected.json` by `tools/fixtures/make_pytorch_fixtures.py`.
enum PyTorchFixtures {
  struct Expected: Decodable {
    var name: String
    var shape: [Int]
    var sha256: String
  }

  static func path(_ name: String) -> String { WeightFixtures.path("pytorch/" + name) }

  static func bytes(_ name: String) -> [UInt8] { readFile(path(name)) }

  static let expected: [String: [Expected]] = {
    guard let data = try? Data(contentsOf: URL(filePath: path("expected.json"))),
      let table = try? JSONDecoder().decode([String: [Expected]].self, from: data)
    else { return [:] }
    return table
  }()
}

extension Tensor {
  var sha256: String {
    var hasher = SHA256()
    unsafe bytes.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
    return hasher.finalize().map { String(format: "%02x", Int($0)) }.joined()
  }
}

extension WeightSource {
  /// Reads every tensor and finishes.
  @discardableResult
  func readAll() throws(WeightFileError) -> (tensors: [String: Tensor], notes: [String]) {
    var result: [String: Tensor] = [:]
    for index in tensors.indices { result[tensors[index].name] = try read(index) }
    return (result, try finish())
  }
}

@Suite struct PyTorchFileTests {
  @Test func thereAreFixtures() { #expect(PyTorchFixtures.expected.count >= 20) }

  @Test(arguments: PyTorchFixtures.expected.keys.sorted())
  func everyTensorIsWhatPyTorchLoads(name: String) throws {
    let source = try openWeights(PyTorchFixtures.path(name))
    let expected = try #require(PyTorchFixtures.expected[name])
    #expect(source.tensors.map(\.name) == expected.map(\.name))
    let tensors = try source.readAll().tensors
    for row in expected {
      let tensor = try #require(tensors[row.name])
      #expect(tensor.shape.dimensions == row.shape, "\(row.name)")
      // The hashes are those of the float32 form.
      let floats = tensor.isFloatingPoint ? tensor.widened() : tensor
      #expect(floats.sha256 == row.sha256, "\(row.name)")
    }
  }

  static let refused: [(String, WeightFileError.Code)] = [
    ("quantised.pth", .unsupportedTensor), ("sparse.pth", .unsupportedTensor),
    ("complex.pth", .unsupportedTensor), ("meta.pth", .unsupportedTensor), ("tensor.pth", .noStateDict),
    ("list.pth", .noStateDict), ("numbers.pth", .noStateDict), ("script.pt", .scripted),
    ("lent.pth", .forbiddenGlobal),
  ]

  @Test(arguments: refused)
  func whatIsNoStateDictIsRefused(name: String, code: WeightFileError.Code) {
    let error = #expect(throws: WeightFileError.self) {
      try openWeights(PyTorchFixtures.path("refused/" + name)).readAll()
    }
    #expect(error?.code == code, "\(error?.description ?? "")")
  }

  @Test func theStateDictIsFoundAndNamed() throws {
    let source = try openWeights(PyTorchFixtures.path("nested.pth"))
    #expect(
      source.notes == [
        "state dict: 'model'. Use \(Remedy.stateDictKey(nil)) for another: model_ema.",
        "state dict: 'model.state_dict'",
        "left out beside the weights, unread: 'model_ema' (a dictionary), 'model.extra' (a list)",
      ])
    let averaged = try openWeights(PyTorchFixtures.path("nested.pth"), stateDictKey: "model_ema")
    #expect(averaged.notes.first == "state dict: 'model_ema', as asked for")
    #expect(try averaged.readAll().tensors["fc.weight"]?.elementType == .float16)
    let inner = try openWeights(PyTorchFixtures.path("nested.pth"), stateDictKey: "model.state_dict")
    #expect(inner.tensors.count == 27)
    #expect(throws: WeightFileError(.stateDictKey, file: "", "")) {
      try openWeights(PyTorchFixtures.path("nested.pth"), stateDictKey: "weights")
    }
  }

  @Test func whatIsUnusualIsNoted() throws {
    func notes(_ name: String) throws -> [String] {
      let source = try openWeights(PyTorchFixtures.path(name))
      return source.notes.map(\.description) + (try source.readAll().notes)
    }
    #expect(try notes("zip.pth") == [])
    #expect(try notes("no-checksums.pth").contains { $0.hasPrefix("checksums: ") })
    #expect(try notes("big-endian.pth").contains { $0.hasPrefix("byte order: big-endian") })
    #expect(try notes("stream.pth").contains { $0.hasPrefix("source: a stream of pickles") })
    #expect(try notes("tar.pth").contains { $0.hasPrefix("source: a TAR archive") })
    #expect(try notes("types.pth").contains { $0.hasPrefix("types: 1 tensors of uint8 became float32") })
  }

  /// The hashes are over all tensors, one after the other, as `torch.load` gives them: `tools/fixtures/make_pytorch_fixtures.py
  /// --digest FILE`.
  @Test(arguments: [
    ("resnet20-12fca82f.th", "55fa4ffa8345bfb167b8f5f3a05cba788b5ee87bbed6c716a6342c1616ee109f"),
    ("resnet32-d509ac18.th", "9c2d165853c00db5fc25b21ffb705da3abb0b253b55fe67901b8177a6acbc48c"),
  ])
  func realFilesAreWhatPyTorchLoads(name: String, digest: String) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
    let path = root.appending(path: "shared/weights/\(name)").standardizedFileURL.path()
    guard FileManager.default.fileExists(atPath: path) else {
      print("skipped: \(name) is not there")
      return
    }
    let source = try openWeights(path)
    var hasher = SHA256()
    for index in source.tensors.indices {
      unsafe try source.read(index).bytes.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
    }
    #expect(hasher.finalize().map { String(format: "%02x", Int($0)) }.joined() == digest)
    let file = try #require(source.wholeFile)
    #expect(try Fingerprint(file).finish().hasPrefix(name.split(separator: "-")[1].prefix(8)))
  }
}
