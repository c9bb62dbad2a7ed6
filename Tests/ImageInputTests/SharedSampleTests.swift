import Foundation
import ImageInput
import ModelDescriptor
import Testing

/// torchvision's answers for real photographs, which lie beside the project (`../shared`) where they lie at all.
@Suite struct SharedSampleTests {
  private static let shared = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "shared")

  private static let isThere = FileManager.default.fileExists(
    atPath: shared.appending(path: "golden/imagenet-samples-order.json").path)

  private static let unzip = "/usr/bin/unzip"

  private static let canUnpack =
    ProcessInfo.processInfo.environment["RESZOO_IMAGENET_SAMPLES"] != nil
    || FileManager.default.isExecutableFile(atPath: unzip)

  @Test(
    .enabled(if: isThere, "skipped: there are no golden files in ../shared"),
    .enabled(
      if: canUnpack, "skipped: set RESZOO_IMAGENET_SAMPLES to the unpacked images, or install unzip"),
    arguments: [(256, 20), (232, 8)])
  func photographsAreTorchvisions(resize: Int, count: Int) throws {
    let golden = Self.shared.appending(path: "golden")
    let order = try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: golden.appending(path: "imagenet-samples-order.json")))
    let expected = try arrayBytes(golden.appending(path: "imagenet-samples-resize\(resize)-crop224-u8.npy"))
    let size = 224 * 224 * 3
    try #require(expected.count == count * size)

    let (folder, isTemporary) = try unpackedSamples()
    defer { if isTemporary { try? FileManager.default.removeItem(at: folder) } }
    let preprocessor = try Preprocessor(Preprocessing(resize: resize, exif: .ignore))
    for (index, name) in order.prefix(count).enumerated() {
      let image = try preprocessor.preparePixels(atPath: find(name, in: folder))
      #expect(image.pixels == Array(expected[index * size..<(index + 1) * size]), "\(name)")
    }
  }

  /// The elements of a NumPy file: behind the magic, the version and the header that they announce.
  private func arrayBytes(_ url: URL) throws -> [UInt8] {
    let bytes = [UInt8](try Data(contentsOf: url))
    try #require(bytes.count > 10 && bytes[6] == 1)
    return Array(bytes.dropFirst(10 + Int(bytes[8]) + Int(bytes[9]) << 8))
  }

  private func unpackedSamples() throws -> (URL, isTemporary: Bool) {
    if let folder = ProcessInfo.processInfo.environment["RESZOO_IMAGENET_SAMPLES"] {
      return (URL(fileURLWithPath: folder), false)
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: "imagenet-\(UUID().uuidString)")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.unzip)
    process.arguments = [
      "-q", Self.shared.appending(path: "data/imagenet-samples.zip").path, "-d", folder.path,
    ]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return (folder, true)
  }

  /// The archive may hold its images in a folder.
  private func find(_ name: String, in folder: URL) throws -> String {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    let path = try #require(paths.first { $0 == name || $0.hasSuffix("/" + name) })
    return folder.appending(path: path).path
  }
}
