import Foundation
import TestSupport

/// Networks and images for the command line, made once.
enum Samples {
  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()

  /// An image that tools/fixtures/make_image_fixtures.py drew.
  static func image(_ name: String) -> [UInt8] {
    readFile(fixtures.appending(path: "ImageInputTests/Fixtures/" + name).path)
  }

  /// A raw export that tools/fixtures/make_import_fixtures.py made.
  static func export(_ name: String) -> String {
    fixtures.appending(path: "WeightFilesTests/Fixtures/" + name).path
  }

  /// `small_resnet18` without labels, UNTRAINED.
  static let untrained = Result {
    try make { try $0.run("init", "small_resnet18", "--seed", "1", "--output", "made.rzoo") }
  }

  /// A network of 8×8 images and the classes ant, bee, cat, imported.
  static let imported = Result { try make { try $0.run("convert", export("tiny"), "--output", "made.rzoo") } }

  private static func make(_ command: (Sandbox) throws -> Outcome) throws -> [UInt8] {
    let sandbox = Sandbox()
    let outcome = try command(sandbox)
    guard outcome.status == 0 else { throw Failed(errors: outcome.errors) }
    return readFile(sandbox.folder.file("made.rzoo"))
  }

  private struct Failed: Error {
    let errors: String
  }
}

extension Sandbox {
  /// A folder with both networks, as `untrained.rzoo` and `net.rzoo`.
  static func withNetworks() throws -> Sandbox {
    let sandbox = Sandbox()
    sandbox.folder.write(try Samples.untrained.get(), to: "untrained.rzoo")
    sandbox.folder.write(try Samples.imported.get(), to: "net.rzoo")
    return sandbox
  }

  /// Puts an image into the folder, under its own name or another.
  func addImage(_ name: String, as other: String? = nil) {
    folder.write(Samples.image(name), to: other ?? name)
  }

  /// Puts a text into the folder.
  func add(_ text: String, as name: String) {
    folder.write(Array(text.utf8), to: name)
  }

  /// A data set of the classes ant (two images), bee and cat, with a file that is none.
  func addDataSet() {
    for name in ["set", "set/ant", "set/bee", "set/cat"] { _ = folder.makeFolder(name) }
    addImage("rgb-8.png", as: "set/ant/1.png")
    addImage("photo.jpg", as: "set/ant/2.jpg")
    addImage("gray.jpg", as: "set/bee/1.jpg")
    addImage("palette-8.png", as: "set/cat/1.png")
    add("", as: "set/cat/notes.txt")
  }
}
