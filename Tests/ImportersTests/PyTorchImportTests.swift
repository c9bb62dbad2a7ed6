import Crypto
import Foundation
import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing
import WeightFiles

@testable import Importers

/// Fixtures by `tools/fixtures/make_pytorch_fixtures.py`.
@Suite struct PyTorchImportTests {
  @Test(arguments: [
    ("float16.pth", ElementType.float16), ("bfloat16.pth", .bfloat16), ("float64.pth", .float64),
    ("channels-last.pth", .float32),
  ])
  func floatsKeepTheirType(name: String, type: ElementType) throws {
    let report = try importWeights(
      WeightFixtures.path("pytorch/" + name), options: ImportOptions(architecture: Self.tiny))
    let model = report.model
    #expect(model.graph.parameters.allSatisfy { model.tensors.storedType(of: $0.name) == type })
  }

  /// The architecture of the fixtures' network.
  static var tiny: Architecture {
    get throws { try importWeights(WeightFixtures.path("tiny")).model.descriptor.architecture }
  }

  @Test(arguments: ["zip.pth", "stream.pth", "tar.pth", "checkpoint.pth", "channels-last.pth"])
  func aFileBecomesAModel(name: String) throws {
    let report = try importWeights(
      WeightFixtures.path("pytorch/" + name), options: ImportOptions(architecture: Self.tiny))
    let origin = report.model.descriptor.origin
    let digest = Self.hexadecimal(SHA256.hash(data: readFile(WeightFixtures.path("pytorch/" + name))))
    #expect(origin.source == name)
    #expect(origin.sha256 == digest)
    for row in try Self.expected() {
      let bytes = Array(copying: report.model.parameter(row.name).bytes)
      #expect(Self.hexadecimal(SHA256.hash(data: bytes)) == row.sha256, "\(row.name)")
    }
  }

  private struct Expected: Decodable {
    var name: String
    var sha256: String
  }

  /// The tensors as PyTorch loads them.
  private static func expected() throws -> [Expected] {
    let data = Data(readFile(WeightFixtures.path("pytorch/expected.json")))
    let table = try JSONDecoder().decode([String: [Expected]].self, from: data)
    return try #require(table["zip.pth"])
  }

  private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { String(format: "%02x", Int($0)) }.joined()
  }

  @Test func aFolderIsARawExport() throws {
    #expect(try importWeights(WeightFixtures.path("tiny")).model.parameters.count == 27)
  }

  @Test func theDigestInAFileNameIsCompared() throws {
    let folder = TemporaryFolder()
    let bytes = readFile(WeightFixtures.path("pytorch/zip.pth"))
    let digest = Self.hexadecimal(SHA256.hash(data: bytes).prefix(4))
    let options = ImportOptions(architecture: try Self.tiny)
    let good = folder.write(bytes, to: "tiny-\(digest).pth")
    #expect(
      try importWeights(good, options: options).model.descriptor.origin.sha256?.hasPrefix(digest) == true)
    let bad = folder.write(bytes, to: "tiny-0123abcd.pth")
    #expect(throws: ImportError(.file(.digestMismatch), file: "", "")) {
      try importWeights(bad, options: options)
    }
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
}
