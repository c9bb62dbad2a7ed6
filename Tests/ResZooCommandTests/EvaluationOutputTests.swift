import Foundation
import TestSupport
import Testing

/// Outputs of `evaluate` beside its figures, and networks whose answer is not one class of many.
@Suite struct EvaluationOutputTests {
  /// A copy of the imported network with another form of answer, and its labels.
  private func addNetwork(_ name: String, answer: String, to sandbox: Sandbox) throws {
    #expect(try sandbox.run("export", "net.rzoo", "--output", name).status == 0)
    let path = sandbox.folder.file(name + "/manifest.json")
    var manifest = try #require(
      try JSONSerialization.jsonObject(with: Data(readFile(path))) as? [String: Any])
    var architecture = try #require(manifest["architecture"] as? [String: Any])
    architecture["answer"] = answer
    if answer == "binary" {
      architecture["classes"] = 1
      manifest["classes"] = 1
      manifest["labels"] = ["bee"]
      manifest["tensors"] = try #require(manifest["tensors"] as? [[String: Any]]).map { tensor in
        var tensor = tensor
        guard (tensor["name"] as? String)?.hasPrefix("fc.") == true, var shape = tensor["shape"] as? [Int],
          let bytes = tensor["bytes"] as? Int
        else { return tensor }
        tensor["bytes"] = bytes / shape[0]
        shape[0] = 1
        tensor["shape"] = shape
        return tensor
      }
      try packWeights(of: &manifest, in: sandbox.folder.file(name))
    }
    manifest["architecture"] = architecture
    try writeFile([UInt8](JSONSerialization.data(withJSONObject: manifest)), to: path)
    let outcome = try sandbox.run("convert", name, "--output", name + ".rzoo")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  /// Leaves out the bytes that no tensor has any more.
  private func packWeights(of manifest: inout [String: Any], in folder: String) throws {
    let weights = readFile(folder + "/weights.bin")
    var packed: [UInt8] = []
    manifest["tensors"] = try #require(manifest["tensors"] as? [[String: Any]]).map { tensor in
      var tensor = tensor
      let offset = try #require(tensor["offset"] as? Int)
      let bytes = try #require(tensor["bytes"] as? Int)
      tensor["offset"] = packed.count
      packed += weights[offset..<offset + bytes]
      return tensor
    }
    writeFile(packed, to: folder + "/weights.bin")
  }

  @Test func `predictions name every image in the order of the set`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    sandbox.addImage("photo.jpg", as: "set/cat/a \"b\",=1+1.jpg")
    sandbox.add("not an image", as: "set/bee/0.png")
    let outcome = try sandbox.run("evaluate", "net.rzoo", "set", "--predictions", "p.csv")
    #expect(outcome.status == 1)
    let lines = String(decoding: readFile(sandbox.folder.file("p.csv")), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    #expect(
      lines[0]
        == "input,label,label_index,label_probability,predicted,predicted_index,predicted_probability,correct,error,"
        + "label_1,index_1,probability_1,label_2,index_2,probability_2,label_3,index_3,probability_3")
    #expect(lines.count == 7)
    #expect(
      lines[1].hasPrefix("set/ant/1.png,ant,0,") && lines[1].contains(",ant,0,")
        && lines[1].contains(",true,,"))
    #expect(lines[3].hasPrefix("set/bee/0.png,bee,1,,,,,,\"is not an image"), "\(lines[3])")
    #expect(lines[4].contains(",ant,0,") && lines[4].contains(",false,,"))
    #expect(lines[6].hasPrefix(#""set/cat/a ""b"",=1+1.jpg",cat,2,"#), "\(lines[6])")

    #expect(try sandbox.run("evaluate", "net.rzoo", "set", "--predictions", "p.jsonl").status == 1)
    let records = try readFile(sandbox.folder.file("p.jsonl")).split(separator: 0x0A).map {
      try #require(try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any])
    }
    #expect(records.count == 6 && records[5]["input"] as? String == "set/cat/a \"b\",=1+1.jpg")
    #expect(
      records[2]["error"] != nil && records[2]["label"] as? String == "bee" && records[2]["correct"] == nil)
    #expect(records[3]["correct"] as? Bool == false && records[3]["predicted"] as? String == "ant")
    #expect((records[3]["top"] as? [[String: Any]])?.count == 3)
    expectFailure(
      try sandbox.run("evaluate", "net.rzoo", "set", "--predictions", "p.txt"), code: 64,
      saying: ".csv or .jsonl")
    expectFailure(
      try sandbox.run("evaluate", "net.rzoo", "p.csv", "--predictions", "p.csv"), code: 65, saying: "p.csv")
  }

  @Test func `the report is one page with everything in it`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    sandbox.addImage("photo.jpg", as: "set/bee/<script>alert(1)<&>.jpg")
    #expect(try sandbox.run("evaluate", "net.rzoo", "set", "--report", "report").status == 0)
    #expect(TemporaryFolder.names(in: sandbox.folder.file("report")) == ["index.html", "report.json"])
    let page = String(decoding: readFile(sandbox.folder.file("report/index.html")), as: UTF8.self)
    for part in [
      "Evaluation of net.rzoo", "Confusion matrix", "Most confident mistakes", "width=device-width",
    ] {
      #expect(page.contains(part), "\(part)")
    }
    #expect(!page.contains("<script") && page.contains("&lt;script&gt;alert(1)"))
    #expect(page.components(separatedBy: "data:image/png;base64,").count == 4)
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(readFile(sandbox.folder.file("report/report.json"))))
        as? [String: Any])
    #expect(json["format"] as? String == "reszoo evaluation report")
    #expect((json["evaluation"] as? [String: Any])?["images"] as? Int == 5)
    #expect((json["mistakes"] as? [[String: Any]])?.count == 3)
    // An earlier report of an evaluation is replaced, another folder is not.
    #expect(try sandbox.run("evaluate", "net.rzoo", "set", "--report", "report").status == 0)
    expectFailure(
      try sandbox.run("evaluate", "net.rzoo", "set", "--report", "set"), code: 73, saying: "set: exists")
  }

  @Test func `views are averaged, and refused where there is no room for them`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    func loss(_ arguments: String...) throws -> Double? {
      let outcome = try sandbox.run(["evaluate", "net.rzoo", "set", "--format", "json"] + arguments)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try outcome.json["loss"] as? Double
    }
    let plain = try #require(try loss())
    let flipped = try #require(try loss("--tta", "flip"))
    #expect(plain != flipped)
    #expect(try loss("--tta", "flip", "--batch", "1", "--threads", "1") == flipped)
    let outcome = try sandbox.run("evaluate", "untrained.rzoo", "set", "--tta", "five")
    expectFailure(outcome, code: 65, saying: "untrained.rzoo: five crops need an image", "crops nothing")
    expectFailure(try sandbox.run("classify", "net.rzoo", "set", "--tta", "nine"), code: 64, saying: "--tta")
  }

  @Test func `several classes at once have figures of their own`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    try addNetwork("several", answer: "several", to: sandbox)
    sandbox.add(
      "path,labels\nset/ant/1.png,ant|cat\nset/ant/2.jpg,\nset/bee/1.jpg,bee\nset/cat/1.png,cat\n",
      as: "set.csv")
    let outcome = try sandbox.run(
      "evaluate", "several.rzoo", "set.csv", "--format", "json", "--predictions", "p.csv", "--report",
      "report")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let answer = try outcome.json
    #expect(answer["answer"] as? String == "several" && answer["images"] as? Int == 4)
    for name in ["subset_accuracy", "hamming_loss", "samples_f1", "average_precision", "roc_auc", "loss"] {
      #expect(answer[name] is Double, "\(name)")
    }
    #expect(answer["top1"] == nil && answer["confusion"] == nil && answer["kappa"] == nil)
    let classes = try #require(answer["classes"] as? [[String: Any]])
    #expect(classes.map { $0["support"] as? Int } == [1, 1, 2])
    let predictions = String(decoding: readFile(sandbox.folder.file("p.csv")), as: UTF8.self)
      .split(separator: "\n")
    #expect(
      predictions[1].hasPrefix("./set/ant/1.png,ant|cat,0|2,")
        && predictions[2].hasPrefix("./set/ant/2.jpg,,,"))
    let text = try sandbox.run("evaluate", "several.rzoo", "set.csv", "--threshold", "0.9").text
    #expect(
      text.contains("images with all classes right\nmean average precision ") && text.contains("Hamming loss")
    )
    // Folders name one class for each image.
    #expect(
      try sandbox.run("evaluate", "several.rzoo", "set").errors.contains("each is taken to have no other"))
    expectFailure(
      try sandbox.run("evaluate", "several.rzoo", "set", "--top-k", "1"), code: 64, saying: "--top-k",
      "one class")
    expectFailure(
      try sandbox.run("evaluate", "net.rzoo", "set.csv", "--threshold", "0.5"), code: 64,
      saying: "--threshold")
  }

  @Test func `yes or no is an answer of two classes`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    try addNetwork("binary", answer: "binary", to: sandbox)
    let outcome = try sandbox.run(
      "evaluate", "binary.rzoo", "set", "--format", "json", "--predictions", "p.jsonl")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let answer = try outcome.json
    let classes = try #require(answer["classes"] as? [[String: Any]])
    #expect(classes.map { $0["label"] as? String } == ["not bee", "bee"])
    #expect(classes.map { $0["support"] as? Int } == [3, 1])
    #expect(answer["top5"] == nil && answer["top1"] is Double && answer["average_precision"] is Double)
    let text = try sandbox.run("evaluate", "binary.rzoo", "set").text
    #expect(text.contains("accuracy ") && text.contains("true \\ called  not bee  bee"))
    sandbox.add("set/ant/1.png,emu\nset/ant/2.jpg,dog\n", as: "set.csv")
    expectFailure(
      try sandbox.run("evaluate", "binary.rzoo", "set.csv"), code: 65, saying: "'dog', 'emu'", "'bee'",
      "--labels")
  }

  @Test func `images without classes are for another command`() throws {
    let sandbox = try Sandbox.withNetworks()
    _ = sandbox.folder.makeFolder("images")
    sandbox.addImage("photo.jpg", as: "images/1.jpg")
    expectFailure(
      try sandbox.run("evaluate", "net.rzoo", "images"), code: 65, saying: "no folders in it for classes",
      "'reszoo classify'")
  }
}
