import Foundation
import TestSupport
import Testing

extension Sandbox {
  /// A sandbox with `base.rzoo`, `changed.rzoo`, `delta.rzoo` of the base, `third.rzoo` of the same shapes, and an image, a data set
  /// and an array to use them on.
  static func withDelta() throws -> Sandbox {
    let sandbox = try Sandbox.withNetworks()
    try FileManager.default.moveItem(
      atPath: sandbox.folder.file("net.rzoo"), toPath: sandbox.folder.file("base.rzoo"))
    sandbox.addImage("photo.jpg")
    sandbox.addDataSet()
    sandbox.folder.write(Array32.zeros([1, 3, 8, 8]), to: "x.npy")
    _ = sandbox.folder.makeFolder("export")
    for name in ["changed", "third"] {
      sandbox.folder.write(readFile(Samples.export("tiny/manifest.json")), to: "export/manifest.json")
      var bytes = readFile(Samples.export("tiny/weights.bin"))
      // The sign of the last number of the head, or of the first of the stem.
      bytes[name == "third" ? 3 : bytes.count - 1] ^= 0x80
      sandbox.folder.write(bytes, to: "export/weights.bin")
      #expect(try sandbox.run("convert", "export", "--output", "\(name).rzoo").status == 0)
    }
    #expect(try sandbox.run("diff", "base.rzoo", "changed.rzoo", "--output", "delta.rzoo").status == 0)
    return sandbox
  }
}
