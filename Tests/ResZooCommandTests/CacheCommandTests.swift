import Foundation
import TestSupport
import Testing

/// `cache`, and the patterns of `architectures` and `pull --list`.
@Suite struct CacheCommandTests {
  private let sandbox = Sandbox()

  /// Runs with a cache in the sandbox.
  private func run(_ arguments: String...) throws -> Outcome {
    try sandbox.shell("RESZOO_CACHE=cache exec \"$@\"", arguments)
  }

  private func exists(_ name: String) -> Bool {
    (try? FileManager.default.attributesOfItem(atPath: sandbox.folder.file(name))) != nil
  }

  private func fillCache() {
    for name in ["cache", "cache/models", "cache/downloads", "cache/features"] {
      _ = sandbox.folder.makeFolder(name)
    }
    for name in [
      "models/resnet50-v2.rzoo", "models/mine.rzoo", "downloads/resnet18-f37072fd.pth.part",
      "downloads/notes.txt",
      "features/readme.txt",
    ] { sandbox.add(String(repeating: "x", count: 5000), as: "cache/" + name) }
    let name = "cache/features/" + String(repeating: "0a", count: 16)
    sandbox.add("RZFDAT\r\n" + String(repeating: "x", count: 5000), as: name + ".data")
    sandbox.add("RZFEAT\r\n", as: name + ".index")
  }

  @Test func `the cache is listed and cleared, and files of others stay`() throws {
    let empty = try run("cache")
    #expect(empty.status == 0 && empty.text == "cache: 0 items, 0 B\n", "\(empty.text)\(empty.errors)")
    fillCache()
    let list = try run("cache")
    for words in ["model     resnet50-v2", "download  resnet18-v1", "features  0a0a", "cache: 3 items, "] {
      #expect(list.text.contains(words), "\(list.text)")
    }
    #expect(!list.text.contains("mine"))
    #expect((try run("cache", "--json").json["items"] as? [Any])?.count == 3)
    let dry = try run("cache", "clear", "--dry-run")
    #expect(dry.text.contains("would remove model resnet50-v2, ") && dry.text.contains("3 items, "))
    #expect(exists("cache/models/resnet50-v2.rzoo"))
    #expect(try run("cache", "clear", "--older-than", "1").text == "0 items, 0 B\n")
    #expect(try run("cache", "clear", "RESNET5*").status == 0)
    #expect(!exists("cache/models/resnet50-v2.rzoo") && exists("cache/downloads/resnet18-f37072fd.pth.part"))
    #expect(try run("cache", "clear").status == 0)
    for name in ["models/mine.rzoo", "downloads/notes.txt", "features/readme.txt"] {
      #expect(exists("cache/" + name))
    }
    #expect(try run("cache").text == "cache: 0 items, 0 B\n")
  }

  @Test func `weights that processes share are one item, which can be cleared`() throws {
    fillCache()
    _ = sandbox.folder.makeFolder("cache/shared-weights")
    for name in ["70000-00000001.shared", "70000-00000002.shared", "notes.txt"] {
      sandbox.add(String(repeating: "x", count: 8192), as: "cache/shared-weights/" + name)
    }
    let list = try run("cache")
    #expect(
      list.text.contains("weights   shared by processes") && list.text.contains("16.4 kB"), "\(list.text)")
    #expect(try run("cache", "clear", "weights", "--older-than", "1").text == "0 items, 0 B\n")
    #expect(
      try run("cache", "clear", "weights").text.contains("removed weights shared by processes, 16.4 kB"))
    #expect(!exists("cache/shared-weights/70000-00000001.shared") && exists("cache/shared-weights/notes.txt"))
    #expect(exists("cache/models/resnet50-v2.rzoo"))
  }

  @Test func `links are not followed`() throws {
    fillCache()
    _ = sandbox.folder.makeFolder("other")
    let manager = FileManager.default
    for name in ["models", "features"] {
      try manager.moveItem(
        atPath: sandbox.folder.file("cache/" + name), toPath: sandbox.folder.file("other/" + name))
      try manager.createSymbolicLink(
        atPath: sandbox.folder.file("cache/" + name),
        withDestinationPath: sandbox.folder.file("other/" + name))
    }
    #expect(try run("cache", "clear").status == 0)
    #expect(
      exists("other/models/resnet50-v2.rzoo")
        && exists("other/features/" + String(repeating: "0a", count: 16) + ".index"))
  }

  @Test func `features in use stay`() throws {
    fillCache()
    let index = "cache/features/" + String(repeating: "0a", count: 16) + ".index"
    let outcome = try sandbox.shell(
      "exec 9<\(index); flock -s 9; RESZOO_CACHE=cache \"$@\"", "cache", "clear", "features")
    #expect(
      outcome.status == 1 && outcome.errors.contains("stays, because another process uses it"),
      "\(outcome.errors)")
    #expect(exists(index))
  }

  @Test func `architectures fit patterns`() throws {
    let names = { (text: String) in text.split(separator: "\n").dropFirst().map { $0.prefix { $0 != " " } } }
    let globs = names(try sandbox.run("architectures", "resnet5*").text)
    #expect(globs.contains("resnet50") && globs.allSatisfy { $0.hasPrefix("resnet5") })
    let parts = names(try sandbox.run("architectures", "NEXT50", "cifar_resnet2?").text)
    #expect(
      parts.contains("resnext50_32x4d") && parts.contains("cifar_resnet20") && !parts.contains("resnet50"))
    expectFailure(try sandbox.run("architectures", "resnet5O"), code: 64, saying: "close to it: resnet50")
    expectFailure(try sandbox.run("architectures", "vgg*"), code: 64, saying: "no architecture fits vgg*")
    let list = try sandbox.run("pull", "--list", "resnet50*").text
    #expect(list.contains("resnet50-v2") && list.contains("resnet50.a1_in1k") && !list.contains("resnet18"))
    #expect(list.contains("~97.5"))
  }

  @Test(arguments: ["resnet50", "seresnet50", "resnetv2_50x1_bit", "cifar_resnet20"])
  func `a descriptor to begin with makes the same network`(name: String) throws {
    let outcome = try sandbox.run("architectures", name, "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    for field in ["answer", "global_pool", "shortcut_kernel", "stages"] {
      #expect(try outcome.json[field] != nil)
    }
    sandbox.add(outcome.text, as: "mine.json")
    #expect(try sandbox.run("init", name, "--output", "a.rzoo").status == 0)
    let made = try sandbox.run("init", "--descriptor", "mine.json", "--output", "b.rzoo")
    #expect(made.status == 0, "\(made.errors)")
    let roots = try ["a.rzoo", "b.rzoo"].map {
      try #require(try sandbox.run("inspect", $0, "--json").json["content_root"] as? String)
    }
    #expect(roots[0] == roots[1])
  }
}
