import Foundation
import Platform
import TestSupport
import Testing

/// The files by which trainings and classifications keep each other from one output.
@Suite struct LockedOutputTests {
  private func sandbox() throws -> Sandbox {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    sandbox.addImage("photo.jpg")
    return sandbox
  }

  private static let finetune = ["finetune", "net.rzoo", "set", "--epochs", "1", "--batch", "2"]

  @Test(arguments: [
    (finetune + ["--cache-limit", "0", "--output", "link.rzoo", "--force"], "out.rzoo.training.lock"),
    (["classify", "net.rzoo", "photo.jpg", "--output", "link.csv"], "out.csv.partial.lock"),
  ]) func `an output is written by one process at a time, also through a link`(
    _ line: [String], _ lock: String
  ) throws {
    let sandbox = try sandbox()
    for ending in ["rzoo", "csv"] {
      sandbox.add("old", as: "out.\(ending)")
      try FileManager.default.createSymbolicLink(
        atPath: sandbox.folder.file("link.\(ending)"), withDestinationPath: "out.\(ending)")
    }
    let descriptor = unsafe open(sandbox.folder.file(lock), O_RDWR | O_CREAT, 0o666)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX) == 0)
    expectFailure(try sandbox.run(line), code: 73, saying: "another ", "writes this file now")
    flock(descriptor, LOCK_UN)
    let free = try sandbox.run(line)
    #expect(free.status == 0, "\(free.errors)")
  }

  @Test func `a file of the user in the place of a lock survives`() throws {
    let sandbox = try sandbox()
    _ = sandbox.folder.makeFolder("cache")
    for name in ["cache/lock", "out.rzoo.training.lock", "out.csv.partial.lock"] {
      sandbox.add("precious\n", as: name)
    }
    let cached = try sandbox.run(Self.finetune + ["--cache", "cache", "--output", "other.rzoo"])
    #expect(cached.status == 0, "\(cached.errors)")
    expectFailure(
      try sandbox.run(Self.finetune + ["--cache-limit", "0", "--output", "out.rzoo"]), code: 74,
      saying: "out.rzoo.training.lock", "is no lock of this program")
    expectFailure(
      try sandbox.run("classify", "net.rzoo", "photo.jpg", "--output", "out.csv"), code: 73,
      saying: "out.csv.partial.lock: is no lock of this program")
    for name in ["cache/lock", "out.rzoo.training.lock", "out.csv.partial.lock"] {
      #expect(readFile(sandbox.folder.file(name)) == Array("precious\n".utf8), "\(name)")
    }
  }
}
