import Foundation
import Platform
import TestSupport
import Testing

/// `study activations` and `study lesions`.
@Suite struct StudiedNetworksTests {
  private let sandbox: Sandbox

  init() throws {
    sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    sandbox.addImage("photo.jpg")
  }

  @Test func `activations of several networks share one page`() throws {
    let outcome = try sandbox.run(
      "study", "activations", "net.rzoo", "untrained.rzoo", "set", "photo.jpg", "--output", "a", "--quiet")
    expectQuietSuccess(outcome)
    #expect(outcome.text.contains("In untrained a branch is "))
    #expect(TemporaryFolder.names(in: sandbox.folder.file("a")) == ["index.html", "study.json"])
    let page = String(decoding: readFile(sandbox.folder.file("a/index.html")), as: UTF8.self)
    #expect(page.contains("untrained, shortcut") && page.contains("reszoo study activations net.rzoo"))
    // The same study is replaced, another folder is not.
    expectQuietSuccess(
      try sandbox.run("study", "activations", "net.rzoo", "photo.jpg", "--output", "a", "--quiet"))
    expectFailure(
      try sandbox.run("study", "activations", "net.rzoo", "photo.jpg", "--output", "set"), code: 73,
      saying: "set: ")
    // Nor is an image that it reads.
    let image = readFile(sandbox.folder.file("photo.jpg"))
    sandbox.folder.write(image, to: "a/index.html")
    expectFailure(
      try sandbox.run("study", "activations", "net.rzoo", "a/index.html", "--output", "a"), code: 64,
      saying: "a/index.html")
    #expect(readFile(sandbox.folder.file("a/index.html")) == image)
  }

  @Test func `images that cannot be read are counted`() throws {
    sandbox.add("no image", as: "bad.png")
    let outcome = try sandbox.run(
      "study", "activations", "net.rzoo", "photo.jpg", "bad.png", "--output", "a")
    expectFailure(
      outcome, code: 1, saying: "reszoo: bad.png: is not an image", "1 of 2 images could not be read")
    #expect(sandbox.folder.names.contains("a"))
    expectFailure(
      try sandbox.run("study", "activations", "net.rzoo", "bad.png", "--output", "b"), code: 1,
      saying: "bad.png: is not an image")
    #expect(!sandbox.folder.names.contains("b"))
    sandbox.add("no image", as: "set/bee/bad.png")
    let lesions = try sandbox.run("study", "lesions", "net.rzoo", "set", "--output", "l")
    expectFailure(lesions, code: 1, saying: "set/bee/bad.png: is not an image", "1 of 5 images")
  }

  @Test func `operands that are missing or in the wrong order are said to be`() throws {
    for study in ["activations", "lesions"] {
      for (operands, code, words) in [
        (["net.rzoo"], 64, "after the networks"),
        (["photo.jpg", "net.rzoo"], 64, "net.rzoo: is a checkpoint"),
        (["none.rzoo", "set"], 66, "none.rzoo: "), (["net.rzoo", "net.rzoo", "set"], 64, "is named twice"),
        (["set", "photo.jpg"], 66, "set: "),
      ] as [([String], Int32, String)] {
        expectFailure(
          try sandbox.run(["study", study] + operands + ["--output", "x"]), code: code, saying: words)
      }
      #expect(!sandbox.folder.names.contains("x"))
    }
    _ = sandbox.folder.makeFolder("empty")
    for study in ["activations", "lesions"] {
      let outcome = try sandbox.run("study", study, "net.rzoo", "empty", "--output", "x")
      #expect(outcome.exited && (65...66).contains(outcome.status), "\(outcome.errors)")
    }
  }

  @Test func `bad options of lesions are refused`() throws {
    for (options, words) in [
      (["--draws", "0"], "--draws is 0; it must be from 1"),
      (["--largest", "0"], "--largest is 0; it must be from 1"),
      (["--images", "-1"], "--images is -1; it must be at least 1"),
      (["--answers", "x.txt"], "its name must end in .csv"),
      (["--answers", "l/x.csv"], "in the folder of --output"),
      (["--threads", "300"], "--threads is 300"),
    ] {
      expectFailure(
        try sandbox.run(["study", "lesions", "net.rzoo", "set", "--output", "l"] + options), code: 64,
        saying: words)
    }
    expectFailure(
      try sandbox.run("study", "lesions", "net.rzoo", "set", "set", "--output", "l"), code: 64,
      saying: "there are 2 data sets: set, set")
    for name in ["other", "other/dog"] { _ = sandbox.folder.makeFolder(name) }
    sandbox.addImage("photo.jpg", as: "other/dog/1.jpg")
    expectFailure(
      try sandbox.run("study", "lesions", "net.rzoo", "other", "--output", "l"), code: 65, saying: "dog")
    #expect(!sandbox.folder.names.contains { $0.hasPrefix("l") })
  }

  @Test func `answers are a table with a column for each lesion`() throws {
    expectQuietSuccess(
      try sandbox.run(
        "study", "lesions", "net.rzoo", "set", "--largest", "1", "--output", "l", "--answers", "l.csv",
        "--images", "3", "--quiet"))
    let lines = String(decoding: readFile(sandbox.folder.file("l.csv")), as: UTF8.self)
      .split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[0].hasPrefix("input,label,net,net without layer1.0,"))
    #expect(lines[1].hasPrefix("set/ant/1.png,ant,"))
    #expect(!sandbox.folder.names.contains { $0.hasPrefix("l.partial") })
  }

  @Test(arguments: [SIGINT, SIGKILL]) func `an interrupted study of lesions goes on`(_ signal: Int32) throws {
    sandbox.add("path,label\n" + String(repeating: "photo.jpg,ant\n", count: 300), as: "set.csv")
    let arguments = ["study", "lesions", "net.rzoo", "set.csv", "--seed", "4"]
    #expect(try sandbox.run(arguments + ["--output", "whole"]).status == 0)
    let partial = sandbox.folder.file("l.partial")
    let cut = try sandbox.run(
      arguments + ["--output", "l"], sending: signal,
      once: { sandbox.folder.names.contains("l.partial") && readFile(partial).count > 1500 })
    #expect(!cut.exited && cut.status == signal, "\(cut.errors)")
    if signal == SIGINT { #expect(cut.errors.contains("Run the same command to continue")) }
    #expect(!sandbox.folder.names.contains("l"))
    let rest = try sandbox.run(arguments + ["--output", "l"])
    #expect(rest.status == 0 && rest.errors.contains("continuing after"), "\(rest.errors)")
    #expect(!sandbox.folder.names.contains { $0.hasPrefix("l.partial") })
    func numbers(_ folder: String) throws -> NSDictionary {
      try #require(sandbox.folder.names.contains(folder))
      let data = Data(readFile(sandbox.folder.file(folder + "/study.json")))
      let record = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      return try #require(record["numbers"] as? NSDictionary)
    }
    #expect(try numbers("l") == numbers("whole"))
  }
}
