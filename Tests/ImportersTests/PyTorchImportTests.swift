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

  @Test(arguments: ["resnet18-20240115.pth", "run-deadbeef.pth", "resnet50-best.pth"])
  func aNameThatNobodyPublishedProvesNothing(name: String) throws {
    let folder = TemporaryFolder()
    let path = folder.write(readFile(WeightFixtures.path("pytorch/zip.pth")), to: name)
    let report = try importWeights(path)
    #expect(report.model.descriptor.architecture.name == nil)
    #expect(report.model.graph.parameters.count == 27)
  }

  @Test(
    arguments: [
      ("resnext50_32x4d-7cdf4587.pth", "resnext50_32x4d"), ("resnet50.pth", "resnet50"),
      ("resnet500.pth", nil), ("resnet50d.pth", "resnet50d"), ("resnet18_v2.pth", "resnet18"),
      ("net.pth", nil),
    ] as [(String, String?)])
  func aFileNameTellsVariantsApart(path: String, architecture: String?) {
    let presets = Architecture.presets.compactMap(\.name)
    #expect(FileName(path).variant(among: presets) == architecture)
  }

  @Test(
    arguments: [
      ("a/resnet50-11ad3fa6.pth", "11ad3fa6"), ("resnet20-12fca82f.th", "12fca82f"), ("net.pth", nil),
      ("x-12345678.pt", nil), ("x-1234567g.pth", nil),
    ] as [(String, String?)])
  func aFileNameMayHoldADigest(path: String, digest: String?) {
    #expect(FileName(path).digestPrefix == digest)
  }
}
