import Foundation
import TestSupport
import Testing

/// `explain`: its files, its checks, and bad input.
@Suite struct ExplainCommandTests {
  static let methods = [
    "gradcam", "hirescam", "gradcam++", "layercam", "eigencam", "classmap", "saliency",
    "integrated-gradients",
    "occlusion",
  ]

  @Test(arguments: methods) func `every method gives a page, numbers, an image and an array`(
    _ method: String
  )
    throws
  {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    let outcome = try sandbox.run(
      "explain", "net.rzoo", "photo.jpg", "--method", method, "--array", "--format", "json", "--output", "why"
    )
    expectQuietSuccess(outcome)
    #expect(
      Set(try sandbox.entries("why")) == ["index.html", "explain.json", "photo.png", "photo.npy"])
    let printed = try outcome.json
    let map = try sandbox.map(of: printed)
    let shape = try #require(map["shape"] as? [Int])
    let array = try Array32(readFile(sandbox.folder.file("why/photo.npy")))
    #expect(array.shape == "(\(shape[0]), \(shape[1]))")
    #expect(array.elements.allSatisfy { $0.isFinite })
    #expect(array.elements.max() == (map["maximum"] as? Double).map { Float($0) })
    let written = try JSONSerialization.jsonObject(
      with: Data(readFile(sandbox.folder.file("why/explain.json"))))
    #expect((written as? NSDictionary) == printed as NSDictionary)
    let page = String(decoding: readFile(sandbox.folder.file("why/index.html")), as: UTF8.self)
    #expect(page.contains("How it was made") && page.contains("data:image/png;base64"))
    // What was drawn is an image that is read again.
    expectQuietSuccess(
      try sandbox.run("preprocess", "net.rzoo", "why/photo.png", "--stage", "pixels", "--output", "x.npy"))
    if let check = map["check"] as? [String: Any] {
      let difference = try #require(check["difference"] as? Double)
      let expected = try #require(check["expected"] as? Double)
      #expect(abs(difference) <= (method == "classmap" ? 1e-5 : 0.01) * abs(expected))
    } else {
      #expect(method != "classmap" && method != "integrated-gradients")
    }
  }

  @Test func `maps of several classes and of images of one name have names of their own`() throws {
    let sandbox = try Sandbox.withNetworks()
    _ = sandbox.folder.makeFolder("other")
    sandbox.addImage("photo.jpg")
    sandbox.addImage("rgb-8.png", as: "other/photo.png")
    let outcome = try sandbox.run(
      "explain", "net.rzoo", "photo.jpg", "other", "--class", "bee,0", "--class", "bee", "--output", "why")
    expectQuietSuccess(outcome)
    #expect(
      Set(try sandbox.entries("why")) == [
        "index.html", "explain.json", "photo.class1.png", "photo.class0.png", "photo (2).class1.png",
        "photo (2).class0.png",
      ])
    #expect(outcome.text.contains("other/photo.png: ant, score "))
    // The same command again replaces its folder; one about other images does, too.
    expectQuietSuccess(try sandbox.run("explain", "net.rzoo", "photo.jpg", "--output", "why"))
    #expect(Set(try sandbox.entries("why")) == ["index.html", "explain.json", "photo.png"])
  }

  @Test func `a folder is replaced only where each of its files was written by an earlier run`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    expectQuietSuccess(try sandbox.run("explain", "net.rzoo", "photo.jpg", "--output", "why"))
    let record = readFile(sandbox.folder.file("why/explain.json"))
    // A record that names a file of a kind that is never written, with its right digest, and one whose image was changed since.
    sandbox.folder.write(readFile(sandbox.folder.file("why/photo.png")), to: "why/letter.txt")
    let naming = String(decoding: record, as: UTF8.self).replacing("photo.png", with: "letter.txt")
    #expect(naming.contains("letter.txt"))
    let cases: [(String, () throws -> Void)] = [
      ("letter.txt", { sandbox.add(naming, as: "why/explain.json") }),
      (
        "photo.png",
        {
          try FileManager.default.removeItem(atPath: sandbox.folder.file("why/letter.txt"))
          sandbox.folder.write(record, to: "why/explain.json")
          sandbox.add("another image", as: "why/photo.png")
        }
      ),
    ]
    for (name, change) in cases {
      try change()
      let before = readFile(sandbox.folder.file("why/\(name)"))
      expectFailure(
        try sandbox.run("explain", "net.rzoo", "photo.jpg", "--output", "why", "--force"), code: 73,
        saying: "neither empty nor an earlier explanation")
      #expect(readFile(sandbox.folder.file("why/\(name)")) == before)
    }
  }

  @Test func `a class that is not among the likeliest stands behind them`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    let models = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "models")
    let outcome = try sandbox.run([
      "classify", models.path + "/cifar_resnet20.rzoo", "photo.jpg", "--top", "all", "--format", "json",
    ])
    let result = try #require((try outcome.json["results"] as? [[String: Any]])?.first)
    let ranked = try #require(result["top"] as? [[String: Any]]).compactMap { $0["index"] as? Int }
    let explained = try sandbox.run(
      "explain", models.path + "/cifar_resnet20.rzoo", "photo.jpg", "--class", "\(ranked[2]),\(ranked[8])",
      "--format", "json",
      "--output", "why")
    let image = try #require((try explained.json["images"] as? [[String: Any]])?.first)
    let top = try #require(image["top"] as? [[String: Any]]).compactMap { $0["index"] as? Int }
    #expect(top == Array(ranked.prefix(5)) + [ranked[8]])
  }

  @Test func `a file of somebody that has the name of a new map is kept`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.addImage("photo.jpg", as: "other.jpg")
    expectQuietSuccess(try sandbox.run("explain", "net.rzoo", "photo.jpg", "--output", "why"))
    sandbox.add("mine", as: "why/other.png")
    expectFailure(
      try sandbox.run("explain", "net.rzoo", "other.jpg", "--output", "why", "--force"), code: 73,
      saying: "neither empty nor an earlier explanation")
    #expect(readFile(sandbox.folder.file("why/other.png")) == Array("mine".utf8))
  }

  @Test func `the difference of two classes is the difference of their maps`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    func map(_ options: String...) throws -> [Float] {
      expectQuietSuccess(
        try sandbox.run(
          ["explain", "net.rzoo", "photo.jpg", "--method", "classmap", "--array", "--output", "why"] + options
        ))
      return try Array32(readFile(sandbox.folder.file("why/photo.npy"))).elements
    }
    let (cat, ant) = (try map("--class", "cat"), try map("--class", "ant"))
    let difference = try map("--class", "cat", "--compare-class", "ant")
    let largest = difference.map(abs).max() ?? 0
    for (index, value) in difference.enumerated() {
      #expect(abs(value - (cat[index] - ant[index])) <= 1e-5 * largest)
    }
  }

  @Test func `a larger input gives a finer map`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    for (size, side) in [("32", 8), ("64", 16)] {
      let outcome = try sandbox.run(
        "explain", "untrained.rzoo", "photo.jpg", "--size", size, "--format", "json", "--output", "why")
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("are random"))
      #expect(try sandbox.map(of: outcome.json)["shape"] as? [Int] == [side, side])
    }
  }

  @Test func `a broken image is told, and the others are explained`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.add("no image", as: "bad.png")
    let outcome = try sandbox.run("explain", "net.rzoo", "bad.png", "photo.jpg", "--output", "why")
    expectFailure(outcome, code: 1, saying: "bad.png: is not an image", "1 of 2 images could not be read")
    #expect(Set(try sandbox.entries("why")) == ["index.html", "explain.json", "photo.png"])
  }

  @Test func `wrong classes, nodes and methods are said, and nothing is written`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    for (network, options, words) in [
      ("net.rzoo", ["--class", "beee"], "there is no class 'beee'; close to it: 'bee'"),
      ("net.rzoo", ["--class", "3"], "there is no class 3; classes are from 0 to 2"),
      ("net.rzoo", ["--class=-1"], "there is no class -1"),
      ("net.rzoo", ["--class", ""], "there is no class ''"),
      ("net.rzoo", ["--class", "bee", "--compare-class", "1"], "is the class that is explained"),
      ("untrained.rzoo", ["--node", "layer3.5"], "close to it: layer3.0, layer3.1"),
      ("untrained.rzoo", ["--node", "avgpool"], "'avgpool' puts out one number for each channel"),
      ("untrained.rzoo", ["--node", "fc"], "'fc' puts out one number for each channel"),
      ("untrained.rzoo", ["--method", "classmap", "--node", "layer1"], "--node is for methods"),
      ("untrained.rzoo", ["--window", "5"], "are for --method occlusion"),
      ("untrained.rzoo", ["--method", "occlusion", "--window", "33"], "does not fit in an input of 32×32"),
      ("untrained.rzoo", ["--method", "occlusion", "--window", "3", "--stride", "4"], "leaves pixels"),
      ("untrained.rzoo", ["--method", "eigencam", "--class", "1"], "the same for all"),
      ("untrained.rzoo", ["--size", "0"], "--size is 0"),
    ] {
      let outcome = try sandbox.run(["explain", network, "photo.jpg", "--output", "why"] + options)
      expectFailure(outcome, code: 64, saying: words)
      #expect(!sandbox.folder.names.contains("why"))
    }
  }

  @Test func `a head of several layers takes other methods than the class map`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.add(
      """
      {"input":{"channels":1,"height":16,"width":16},"stem":{"kind":"conv3x3","widths":[4],"pool":false},
       "stages":[{"blocks":1,"width":4,"stride":1}],"block":"basic","head":{"kind":"mlp","widths":[5]},"classes":3}
      """, as: "net.json")
    #expect(try sandbox.run("init", "--descriptor", "net.json", "--output", "mlp.rzoo").status == 0)
    expectFailure(
      try sandbox.run("explain", "mlp.rzoo", "photo.jpg", "--method", "classmap", "--output", "why"),
      code: 64,
      saying: "this one ends in a head of 2 layers. Take hirescam")
    let outcome = try sandbox.run(
      "explain", "mlp.rzoo", "photo.jpg", "--method", "hirescam", "--output", "why")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func `answers of every form are explained`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.addImage("gray-8.png")
    for (answer, classes, named) in [("binary", 1, "yes"), ("binary", 1, "no"), ("several", 3, "2")] {
      sandbox.add(
        """
        {"input":{"channels":1,"height":16,"width":16},"stem":{"kind":"conv3x3","widths":[4],"pool":false},
         "stages":[{"blocks":1,"width":4,"stride":2}],"block":"preactivation_basic","classes":\(classes),"answer":"\(answer)"}
        """, as: "net.json")
      #expect(
        try sandbox.run("init", "--descriptor", "net.json", "--output", "net2.rzoo", "--force").status == 0)
      let outcome = try sandbox.run(
        "explain", "net2.rzoo", "photo.jpg", "gray-8.png", "--class", named, "--method", "classmap",
        "--format",
        "json", "--output", "why")
      #expect(outcome.status == 0, "\(outcome.errors)")
      let map = try sandbox.map(of: outcome.json)
      #expect(map["no"] as? Bool == (answer == "binary" ? named == "no" : nil))
      #expect(map["index"] as? Int == (answer == "binary" ? 0 : 2))
      let check = try #require(map["check"] as? [String: Any])
      let difference = try #require(check["difference"] as? Double)
      #expect(abs(difference) <= 1e-5)
    }
  }

  @Test func `a quantized network is explained as one of real numbers`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.addImage("rgb-8.png")
    let quantized = try sandbox.run("quantize", "net.rzoo", "photo.jpg", "rgb-8.png", "--output", "q.rzoo")
    #expect(quantized.status == 0, "\(quantized.errors)")
    let outcome = try sandbox.run("explain", "q.rzoo", "photo.jpg", "--format", "json", "--output", "why")
    #expect(outcome.status == 0 && outcome.errors.contains("real numbers"), "\(outcome.errors)")
    #expect(try outcome.json["dequantized"] as? Bool == true)
  }

  @Test func `the mistakes of an evaluation are drawn when it is asked for`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    func page(_ options: String...) throws -> String {
      let outcome = try sandbox.run(["evaluate", "net.rzoo", "set", "--report", "report"] + options)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return String(decoding: readFile(sandbox.folder.file("report/index.html")), as: UTF8.self)
    }
    let drawing = "alt=\"what the answer rests on\""
    let mistakes = try page().components(separatedBy: "<figcaption><b>").count - 1
    #expect(mistakes > 0)
    #expect(try !page().contains(drawing))
    #expect(try page("--explain").components(separatedBy: drawing).count - 1 == mistakes)
    expectFailure(
      try sandbox.run("evaluate", "net.rzoo", "set", "--explain"), code: 64,
      saying: "--explain is for --report")
  }

  @Test func `no input and no foreign folder is replaced`() throws {
    let sandbox = try Sandbox.withNetworks()
    _ = sandbox.folder.makeFolder("mine")
    sandbox.addImage("photo.jpg", as: "mine/photo.jpg")
    let before = readFile(sandbox.folder.file("mine/photo.jpg"))
    expectFailure(
      try sandbox.run("explain", "net.rzoo", "mine/photo.jpg", "--output", "mine"), code: 64,
      saying: "lies in mine")
    sandbox.addImage("photo.jpg")
    expectFailure(
      try sandbox.run("explain", "net.rzoo", "photo.jpg", "--output", "mine"), code: 73,
      saying: "exists and is neither empty nor an earlier explanation")
    #expect(try sandbox.entries("mine") == ["photo.jpg"])
    #expect(readFile(sandbox.folder.file("mine/photo.jpg")) == before)
  }
}

extension Sandbox {
  fileprivate func entries(_ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.file(name)).sorted()
  }

  /// The first map of the first image.
  fileprivate func map(of record: [String: Any]) throws -> [String: Any] {
    let images = try #require(record["images"] as? [[String: Any]])
    return try #require((images.first?["maps"] as? [[String: Any]])?.first)
  }
}
