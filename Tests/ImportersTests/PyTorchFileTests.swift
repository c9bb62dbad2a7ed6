import Crypto
import Foundation
import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing

@testable import Importers

/// Fixtures and `expected.json` by `tools/fixtures/make_pytorch_fixtures.py`.
enum PyTorchFixtures {
  struct Expected: Decodable {
    var name: String
    var shape: [Int]
    var sha256: String
  }

  static func path(_ name: String) -> String { RawExportFolder.fixture("pytorch/" + name) }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: path(name))))
  }

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
  func readAll() throws(ImportError) -> (tensors: [String: Tensor], notes: [String]) {
    var result: [String: Tensor] = [:]
    for tensor in tensors { result[tensor.name] = try tensor.read() }
    return (result, try finish())
  }
}

@Suite struct PyTorchFileTests {
  @Test func thereAreFixtures() { #expect(PyTorchFixtures.expected.count >= 20) }

  @Test(arguments: PyTorchFixtures.expected.keys.sorted())
  func everyTensorIsWhatPyTorchLoads(name: String) throws {
    let source = try openWeights(PyTorchFixtures.path(name), options: ImportOptions())
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

  @Test(arguments: [
    ("float16.pth", ElementType.float16), ("bfloat16.pth", .bfloat16), ("float64.pth", .float64),
    ("channels-last.pth", .float32),
  ])
  func floatsKeepTheirType(name: String, type: ElementType) throws {
    let report = try importWeights(
      PyTorchFixtures.path(name), options: ImportOptions(architecture: Self.tiny))
    let model = report.model
    #expect(model.graph.parameters.allSatisfy { model.tensors.storedType(of: $0.name) == type })
  }

  static let refused: [(String, ImportError.Code)] = [
    ("module.pth", .pickledModule),
    ("quantised.pth", .unsupportedTensor), ("sparse.pth", .unsupportedTensor),
    ("complex.pth", .unsupportedTensor), ("meta.pth", .unsupportedTensor), ("tensor.pth", .noStateDict),
    ("list.pth", .noStateDict), ("numbers.pth", .noStateDict), ("script.pt", .scripted),
  ]

  @Test(arguments: refused)
  func whatIsNoStateDictIsRefused(name: String, code: ImportError.Code) {
    let error = #expect(throws: ImportError.self) {
      try openWeights(PyTorchFixtures.path("refused/" + name), options: ImportOptions()).readAll()
    }
    #expect(error?.code == code, "\(error?.description ?? "")")
  }

  /// The architecture of the fixtures' network.
  static var tiny: Architecture {
    get throws { try importWeights(RawExportFolder.fixture("tiny")).model.descriptor.architecture }
  }

  @Test(arguments: ["zip.pth", "stream.pth", "tar.pth", "checkpoint.pth", "channels-last.pth"])
  func aFileBecomesAModel(name: String) throws {
    let report = try importWeights(
      PyTorchFixtures.path(name), options: ImportOptions(architecture: Self.tiny))
    let origin = report.model.descriptor.origin
    let digest = SHA256.hash(data: try PyTorchFixtures.bytes(name)).map { String(format: "%02x", Int($0)) }
    #expect(origin.source == name)
    #expect(origin.sha256 == digest.joined())
    for row in try #require(PyTorchFixtures.expected["zip.pth"]) {
      #expect(report.model.parameter(row.name).sha256 == row.sha256, "\(row.name)")
    }
  }

  @Test func aFolderIsARawExport() throws {
    #expect(try importWeights(RawExportFolder.fixture("tiny")).model.parameters.count == 27)
  }

  @Test func theStateDictIsFoundAndNamed() throws {
    let source = try openWeights(PyTorchFixtures.path("nested.pth"), options: ImportOptions())
    #expect(
      source.notes == [
        "state dict: 'model' (\(Remedy.stateDictKey(nil)) takes another: model_ema)",
        "state dict: 'model.state_dict'",
      ])
    let averaged = try openWeights(
      PyTorchFixtures.path("nested.pth"), options: ImportOptions(stateDictKey: "model_ema"))
    #expect(averaged.notes == ["state dict: 'model_ema', as asked for"])
    #expect(try averaged.readAll().tensors["fc.weight"]?.elementType == .float16)
    let inner = ImportOptions(stateDictKey: "model.state_dict")
    #expect(try openWeights(PyTorchFixtures.path("nested.pth"), options: inner).tensors.count == 27)
    #expect(throws: ImportError(.stateDictKey, file: "", "")) {
      try openWeights(PyTorchFixtures.path("nested.pth"), options: ImportOptions(stateDictKey: "weights"))
    }
  }

  @Test func whatIsUnusualIsNoted() throws {
    func notes(_ name: String) throws -> [String] {
      let source = try openWeights(PyTorchFixtures.path(name), options: ImportOptions())
      return source.notes.map(\.description) + (try source.readAll().notes)
    }
    #expect(try notes("zip.pth") == [])
    #expect(try notes("no-checksums.pth").contains { $0.hasPrefix("checksums: ") })
    #expect(try notes("big-endian.pth").contains { $0.hasPrefix("byte order: big-endian") })
    #expect(try notes("stream.pth").contains { $0.hasPrefix("source: a stream of pickles") })
    #expect(try notes("tar.pth").contains { $0.hasPrefix("source: a TAR archive") })
    #expect(try notes("types.pth").contains { $0.hasPrefix("types: 1 tensors of uint8 became float32") })
  }

  @Test func theDigestInAFileNameIsCompared() throws {
    let folder = TemporaryFolder()
    let bytes = try PyTorchFixtures.bytes("zip.pth")
    let digest = SHA256.hash(data: bytes).prefix(4).map { String(format: "%02x", Int($0)) }.joined()
    let options = ImportOptions(architecture: try Self.tiny)
    let good = folder.write(bytes, to: "tiny-\(digest).pth")
    #expect(
      try importWeights(good, options: options).model.descriptor.origin.sha256?.hasPrefix(digest) == true)
    let bad = folder.write(bytes, to: "tiny-0123abcd.pth")
    #expect(throws: ImportError(.digestMismatch, file: "", "")) { try importWeights(bad, options: options) }
  }

  @Test(
    arguments: [
      ("a/resnet50-11ad3fa6.pth", "resnet50", "11ad3fa6"),
      ("resnext50_32x4d-7cdf4587.pth", "resnext50_32x4d", "7cdf4587"),
      ("wide_resnet50_2-95faca4d.pth", "wide_resnet50_2", "95faca4d"), ("resnet50.pth", "resnet50", nil),
      ("resnet500.pth", nil, nil), ("resnet50d.pth", "resnet50d", nil),
      ("resnet20-12fca82f.th", nil, "12fca82f"),
      ("resnet18_v2.pth", nil, nil), ("net.pth", nil, nil), ("x-12345678.pt", nil, nil),
      ("x-1234567g.pth", nil, nil),
    ] as [(String, String?, String?)])
  func aFileNameTells(path: String, architecture: String?, digest: String?) {
    #expect(FileName(path).architecture == architecture)
    #expect(FileName(path).digestPrefix == digest)
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
    let source = try openWeights(path, options: ImportOptions())
    var hasher = SHA256()
    for tensor in source.tensors {
      unsafe try tensor.read().bytes.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
    }
    #expect(hasher.finalize().map { String(format: "%02x", Int($0)) }.joined() == digest)
    #expect(try source.fingerprint?().finish().hasPrefix(name.split(separator: "-")[1].prefix(8)) == true)
  }
}
