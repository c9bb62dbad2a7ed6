import Foundation
import TestSupport
import Testing

/// `run` and `preprocess`: NumPy arrays in and out.
@Suite struct ArrayTests {
  @Test func `preprocess then run gives the logits of classify`() throws {
    let sandbox = try Sandbox.withNetworks()
    let names = ["photo.jpg", "exif-6.jpg", "palette-8.png"]
    for name in names { sandbox.addImage(name) }
    for options in [[], ["--ignore-exif"]] {
      expectQuietSuccess(
        try sandbox.run(["preprocess", "untrained.rzoo"] + names + ["--output", "x.npy"] + options))
      expectQuietSuccess(
        try sandbox.run("run", "untrained.rzoo", "--input", "x.npy", "--output", "y.npy", "--batch", "2"))
      let logits = try Array32(readFile(sandbox.folder.file("y.npy")))
      #expect(logits.shape == "(3, 10)")
      let answers = try sandbox.run(
        ["classify", "untrained.rzoo"] + names + ["--format", "json", "--top", "10"] + options)
      let rows = try #require(try answers.json["results"] as? [[String: Any]])
      for (image, row) in rows.enumerated() {
        let top = try #require(row["top"] as? [[String: Any]])
        for entry in top {
          let index = try #require(entry["index"] as? Int)
          let logit = try #require(entry["logit"] as? Double)
          #expect(Float(logit) == logits.elements[image * 10 + index], "\(names[image]) \(index)")
        }
      }
    }
  }

  @Test func `pixels are bytes of the size that the network takes`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.addImage("one-pixel.png")
    let outcome = try sandbox.run(
      "preprocess", "net.rzoo", "photo.jpg", "one-pixel.png", "--stage", "pixels", "--output", "x.npy")
    expectQuietSuccess(outcome)
    let bytes = readFile(sandbox.folder.file("x.npy"))
    let header = String(decoding: bytes[10..<128], as: UTF8.self)
    #expect(header.hasPrefix("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 8, 8, 3), }"))
    #expect(bytes.count == 128 + 2 * 8 * 8 * 3)
    // One pixel, scaled: all are the same.
    #expect(Set(bytes.suffix(3 * 64).chunked(by: 3)).count == 1)
  }

  @Test func `batch and threads change no byte of the logits`() throws {
    let sandbox = try Sandbox.withNetworks()
    let images = ["photo.jpg", "420.jpg", "gray.jpg", "rgb-8.png", "tall.png"]
    for name in images { sandbox.addImage(name) }
    expectQuietSuccess(try sandbox.run(["preprocess", "untrained.rzoo"] + images + ["--output", "x.npy"]))
    let results = try [("1", "1"), ("5", "1"), ("2", "2"), ("64", "0")].map { batch, threads in
      expectQuietSuccess(
        try sandbox.run(
          "run", "untrained.rzoo", "--input", "x.npy", "--output", "y.npy", "--batch", batch, "--threads",
          threads))
      return readFile(sandbox.folder.file("y.npy"))
    }
    #expect(Set(results).count == 1)
  }

  @Test func `other sizes run too`() throws {
    let sandbox = try Sandbox.withNetworks()
    for (height, width) in [(8, 8), (40, 24), (33, 32)] {
      sandbox.folder.write(Array32.zeros([2, 3, height, width]), to: "x.npy")
      let outcome = try sandbox.run("run", "untrained.rzoo", "--input", "x.npy", "--output", "y.npy")
      expectQuietSuccess(outcome)
      let logits = try Array32(readFile(sandbox.folder.file("y.npy")))
      #expect(logits.shape == "(2, 10)")
      #expect(logits.elements[..<10] == logits.elements[10...])
    }
  }

  @Test func `no images give no logits`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.folder.write(Array32.zeros([0, 3, 32, 32]), to: "x.npy")
    let outcome = try sandbox.run("run", "untrained.rzoo", "--input", "x.npy", "--output", "y.npy")
    expectQuietSuccess(outcome)
    #expect(try Array32(readFile(sandbox.folder.file("y.npy"))).shape == "(0, 10)")
  }

  @Test func `arrays of other shapes than images are refused`() throws {
    let sandbox = try Sandbox.withNetworks()
    let sound = Array32.zeros([1, 3, 32, 32])
    func text(_ old: String, _ new: String) -> [UInt8] {
      let header = String(decoding: sound[10..<128], as: UTF8.self).replacing(old, with: new)
      return sound[..<10] + Array(header.utf8.prefix(118)) + sound[128...]
    }
    let cases: [(name: String, bytes: [UInt8], words: String)] = [
      ("empty", [], "not a .npy file"), ("text", Array("hello".utf8), "not a .npy file"),
      ("header", Array(sound[..<60]), "cut off"), ("short", sound.dropLast(), "asks for 3072 floats"),
      ("long", sound + [0], "asks for 3072 floats"),
      ("doubles", text("<f4", "<f8"), "'<f8'; it must hold little-endian float32"),
      ("fortran", text("False", "True "), "Fortran order"),
      ("three", text("(1, 3, 32, 32)", "(3, 32, 32)   "), "[images, channels, height, width]"),
      ("channels", text("(1, 3, 32, 32)", "(3, 1, 32, 32)"), "the network takes"),
      ("negative", text("(1, 3, 32, 32)", "(-1,-3,32, 32)"), "extent"),
      ("huge", text("(1, 3, 32, 32)", "(9999999999999, 9999999999999, 1, 1)"), "shape"),
    ]
    for (name, bytes, words) in cases {
      sandbox.folder.write(bytes, to: "x.npy")
      let outcome = try sandbox.run("run", "untrained.rzoo", "--input", "x.npy", "--output", "y.npy")
      expectFailure(outcome, code: 65, saying: "reszoo: x.npy: ", words)
      #expect(!sandbox.folder.names.contains("y.npy"), "\(name)")
    }
  }

  @Test func `one unreadable image ends preprocess`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.add("no image", as: "bad.png")
    let bad = try sandbox.run("preprocess", "net.rzoo", "photo.jpg", "bad.png", "--output", "x.npy")
    expectFailure(bad, code: 65, saying: "reszoo: bad.png: ")
    let missing = try sandbox.run("preprocess", "net.rzoo", "photo.jpg", "none.png", "--output", "x.npy")
    expectFailure(missing, code: 66, saying: "reszoo: none.png: does not exist")
    #expect(sandbox.folder.names == ["bad.png", "net.rzoo", "photo.jpg", "untrained.rzoo"])
  }
}

/// A NumPy file of float32 with a header of 128 bytes, read and written by other means than the program's.
struct Array32 {
  let shape: String
  let elements: [Float]

  init(_ bytes: [UInt8]) throws {
    let header = String(decoding: bytes.prefix(128).dropFirst(10), as: UTF8.self)
    try #require(header.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': ("))
    shape = String(header.drop { $0 != "(" }.prefix { $0 != ")" }) + ")"
    elements = bytes[128...].chunked(by: 4).map { part in
      Float(bitPattern: part.reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
  }

  static func zeros(_ shape: [Int]) -> [UInt8] {
    let extents = shape.map(String.init).joined(separator: ", ")
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(extents)), }"
    let header = text.padding(toLength: 117, withPad: " ", startingAt: 0) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8)
      + Array(repeating: 0, count: 4 * shape.reduce(1, *))
  }
}

extension Collection where Element == UInt8 {
  /// The elements, so many at a time.
  func chunked(by count: Int) -> [[UInt8]] {
    let all = Array(self)
    return stride(from: 0, to: all.count, by: count).map { Array(all[$0..<Swift.min($0 + count, all.count)]) }
  }
}
