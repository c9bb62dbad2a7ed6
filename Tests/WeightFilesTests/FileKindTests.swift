import TestSupport
import Testing

@testable import WeightFiles

@Suite struct FileKindTests {
  @Test func whatLooksLikeSafetensorsIsKnownByItsFirstBytes() {
    #expect(looksLikeSafetensors(firstBytes: Array(readPrefix("plain.safetensors"))))
    #expect(looksLikeSafetensors(firstBytes: Array(readPrefix("sharded/model.safetensors.index.json"))))
    #expect(!looksLikeSafetensors(firstBytes: []))
    #expect(!looksLikeSafetensors(firstBytes: [0x50, 0x4B, 3, 4, 0, 0, 8, 8, 0, 0]))
    #expect(!looksLikeSafetensors(firstBytes: [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9]))
  }

  private func readPrefix(_ name: String) -> ArraySlice<UInt8> {
    readFile(WeightFixtures.path(name)).prefix(16)
  }
}

extension FileKindTests {
  static let kinds: [(name: String, bytes: [UInt8], what: String)] = [
    ("x.safetensors", Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n".utf8), "Git LFS"),
    ("x.pth", Array("\n<!DOCTYPE html><html>".utf8), "HTML"), ("x.pth", [0x1F, 0x8B, 8], "gzip"),
    ("x.tflite", [0x1C, 0, 0, 0] + Array("TFL3".utf8), "TensorFlow Lite"),
    ("x.pth", [0x89, 0x50, 0x4E, 0x47], "image"),
    ("x.gguf", Array("GGUF".utf8), "GGUF"),
    ("x.pkl", [0x80, 4, 0x95, 0], "pickle that PyTorch did not write"), ("x.pth", Array("[1]".utf8), "JSON"),
    ("x.mlmodel", [8, 4, 0x12, 2, 0x0A], "Core ML"), ("x.bin", [1, 2, 3, 200], "unknown kind"),
    ("x.pt2", zip(["x/archive_format", "x/data/weights/w"]), "torch.export"),
    ("x.zip", zip(["a/b.pth"]), "'a/b.pth' in it"), ("x.zip", zip(["a.txt"]), "without 'data.pkl'"),
  ]

  private static func zip(_ names: [String]) -> [UInt8] {
    var zip = Zip(pickle: [])
    zip.entries = names.map { Zip.Entry($0, [0x7B, 0x7D]) }
    return zip.bytes
  }

  @Test(arguments: kinds)
  func otherKindsAreNamed(name: String, bytes: [UInt8], what: String) throws {
    let folder = TemporaryFolder()
    let path = folder.write(bytes, to: name)
    let error = #expect(throws: WeightFileError.self) { try openWeights(path) }
    #expect(error?.message.contains(what) == true, "\(error?.message ?? "")")
    let kind = ForeignFile(path: path)
    #expect(
      kind.map { $0.what.contains(what) }
        ?? ["unknown kind", "without 'data.pkl'", "pickle that PyTorch did not write"].contains(what))
  }

  @Test func aFolderOfTensorFlowIsNamed() {
    let folder = TemporaryFolder()
    _ = folder.write([8, 1], to: "saved_model.pb")
    #expect(ForeignFile(path: folder.path)?.what.contains("SavedModel") == true)
  }
}
