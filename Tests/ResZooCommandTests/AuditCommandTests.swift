import Foundation
import TestSupport
import Testing

/// `reszoo audit`: what it writes and prints, and what it refuses.
@Suite struct AuditCommandTests {
  private func sandbox() throws -> Sandbox {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    sandbox.addImage("photo.jpg", as: "set/bee/again.jpg")
    sandbox.addImage("photo.jpg", as: "set/ant/third.jpg")
    sandbox.folder.write([1, 2, 3], to: "set/cat/broken.jpg")
    return sandbox
  }

  private func findings(_ sandbox: Sandbox) throws -> [[String: Any]] {
    try String(decoding: readFile(sandbox.folder.file("audit/findings.jsonl")), as: UTF8.self)
      .split(separator: "\n").map { line in
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      }
  }

  @Test func `the folder has a page, the findings twice, and what was audited`() throws {
    let sandbox = try sandbox()
    let outcome = try sandbox.run("audit", "set", "--output", "audit")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.text.hasPrefix("7 images, "), "\(outcome.text)")
    #expect(outcome.text.contains("duplicate       3 in 1 group\n"), "\(outcome.text)")
    #expect(
      TemporaryFolder.names(in: sandbox.folder.file("audit")) == [
        "audit.json", "findings.csv", "findings.jsonl", "index.html",
      ])
    let findings = try findings(sandbox)
    let broken = try #require(findings.first { $0["kind"] as? String == "broken" })
    #expect(broken["input"] as? String == "set/cat/broken.jpg" && broken["score"] as? Double == 1)
    let copies = findings.filter { $0["kind"] as? String == "duplicate" }
    #expect(
      Set(copies.compactMap { $0["input"] as? String }) == [
        "set/ant/2.jpg", "set/ant/third.jpg", "set/bee/again.jpg",
      ])
    let page = String(decoding: readFile(sandbox.folder.file("audit/index.html")), as: UTF8.self)
    #expect(page.contains("<h2>Duplicates (3)</h2>") && page.contains("data:image/png;base64,"))
    #expect(!page.contains("<script"))
    let table = String(decoding: readFile(sandbox.folder.file("audit/findings.csv")), as: UTF8.self)
    #expect(
      table.hasPrefix("kind,input,score,part,label,suggested_label,group,others,reason,suggestion,action\n"))
    // An earlier audit is replaced, another folder is not.
    #expect(try sandbox.run("audit", "set", "--output", "audit").status == 0)
    expectFailure(
      try sandbox.run("audit", "set", "--output", "set"), code: 73,
      saying: "neither empty nor an earlier audit")
  }

  @Test func `with a network labels and outliers are looked for, as far as there are images`() throws {
    let sandbox = try sandbox()
    let outcome = try sandbox.run("audit", "set", "--model", "net.rzoo", "--output", "audit", "--mirror")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("outliers were not looked for"), "\(outcome.errors)")
    #expect(outcome.errors.contains("labels were not checked"), "\(outcome.errors)")
  }

  @Test func `decisions make a manifest that evaluation reads`() throws {
    let sandbox = try sandbox()
    #expect(try sandbox.run("audit", "set", "--output", "audit").status == 0)
    sandbox.add(
      "input,action,label\nset/cat/broken.jpg,drop,\nset/bee/again.jpg,relabel,ant\nset/ant/third.jpg,drop,\n",
      as: "fixes.csv")
    let outcome = try sandbox.run("audit", "set", "--apply", "fixes.csv", "--manifest", "clean.csv")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("clean.csv: 5 images, 2 dropped, 1 relabelled"), "\(outcome.errors)")
    let figures = try sandbox.run("evaluate", "net.rzoo", "clean.csv", "--format", "json")
    #expect(figures.status == 0, "\(figures.errors)")
    #expect(try figures.json["images"] as? Int == 5)
    // The suggestions of kinds that are named.
    let accepted = try sandbox.run(
      "audit", "set", "--apply", "audit/findings.csv", "--accept", "broken", "--manifest", "sound.csv")
    #expect(accepted.status == 0 && accepted.errors.contains("6 images, 1 dropped"), "\(accepted.errors)")
  }

  @Test func `actions that somebody wrote are not replaced by another audit`() throws {
    let sandbox = try sandbox()
    #expect(try sandbox.run("audit", "set", "--output", "audit").status == 0)
    let table = String(decoding: readFile(sandbox.folder.file("audit/findings.csv")), as: UTF8.self)
    let decided = table.replacing("drop,\n", with: "drop,keep\n", maxReplacements: 1)
    #expect(decided != table)
    sandbox.add(decided, as: "audit/findings.csv")
    expectFailure(
      try sandbox.run("audit", "set", "--output", "audit"), code: 73,
      saying: "audit/findings.csv: holds what somebody wrote into it")
    #expect(String(decoding: readFile(sandbox.folder.file("audit/findings.csv")), as: UTF8.self) == decided)
    for other in [table + "a note\n", table.replacing(",drop,\n", with: ",drop,\n\n", maxReplacements: 1)] {
      sandbox.add(other, as: "audit/findings.csv")
      #expect(try sandbox.run("audit", "set", "--output", "audit").status == 73)
    }
    #expect(try sandbox.run("audit", "set", "--output", "audit", "--force").status == 0)
  }

  @Test func `a manifest replaces neither an image nor what it is made of`() throws {
    let sandbox = try sandbox()
    sandbox.add("input,action\n", as: "fixes.csv")
    for other in ["m.csv", "./m.csv"] {
      let outcome = try sandbox.run(
        "audit", "set", "--validation", "set", "--apply", "fixes.csv", "--manifest", "m.csv",
        "--validation-manifest", other)
      #expect(outcome.status == 64 && !sandbox.folder.names.contains("m.csv"), "\(outcome.errors)")
    }
    expectFailure(
      try sandbox.run(
        "audit", "set", "--apply", "fixes.csv", "--manifest", "m.csv", "--validation-manifest", "v.csv"),
      code: 64, saying: "has no images to validate with")
    #expect(!sandbox.folder.names.contains("m.csv"))
    expectFailure(
      try sandbox.run("audit", "set", "--apply", "fixes.csv", "--manifest", "fixes.csv"), code: 64,
      saying: "fixes.csv")
  }

  @Test func `images without labels are audited, and have no manifest`() throws {
    let sandbox = try sandbox()
    let outcome = try sandbox.run("audit", "set/ant", "--output", "audit")
    #expect(outcome.status == 0 && outcome.errors.contains("no labels are checked"), "\(outcome.errors)")
    sandbox.add("input,action\n", as: "fixes.csv")
    expectFailure(
      try sandbox.run("audit", "set/ant", "--apply", "fixes.csv", "--manifest", "m.csv"), code: 65,
      saying: "has no label")
  }

  @Test func `what cannot be is refused in plain words`() throws {
    let sandbox = try sandbox()
    for (arguments, code, words) in [
      (["set"], 64, "--output"),
      (["set", "--output", "a", "--apply", "b.csv", "--manifest", "c.csv"], 64, "exclude each other"),
      (["set", "--output", "a", "--folds", "1"], 64, "--folds is 1"),
      (["set", "--output", "a", "--neighbours", "0"], 64, "--neighbours is 0"),
      (["set", "--output", "a", "--shown", "0"], 64, "--shown is 0"),
      (["set", "--output", "a", "--batch", "0"], 64, "--batch is 0"),
      (["set", "--output", "a", "--threads", "-1"], 64, "--threads is -1"),
      (["set", "--output", "a", "--accept", "dark"], 64, "--accept"),
      (["set", "--apply", "f.csv"], 64, "belong together"),
      (["set", "--apply", "f.csv", "--manifest", "m.txt"], 64, "must end in .csv"),
      (["set", "--apply", "f.csv", "--manifest", "m.csv", "--accept", "odd"], 64, "no kind 'odd'"),
      (["net.rzoo", "--output", "a"], 64, "is a checkpoint"), (["nowhere", "--output", "a"], 66, "nowhere"),
      (["set", "--output", "a", "--model", "set"], 66, "set"),
      (["set", "--output", "no/such/a"], 73, "no/such"),
    ] {
      expectFailure(try sandbox.run(["audit"] + arguments), code: Int32(code), saying: words)
    }
    #expect(!sandbox.folder.names.contains("a"))
  }
}
