import Foundation
import Platform
import TestSupport
import Testing

/// The hidden folder in which an export grows: nothing of it stays.
@Suite struct TemporaryFolderTests {
  private static let arguments = ["export", "large.rzoo", "--format", "raw", "--output", "out/export"]

  /// `large.rzoo`, whose export takes long enough to be interrupted, and the folder `out`.
  private func sandbox() throws -> Sandbox {
    let sandbox = Sandbox()
    #expect(try sandbox.run("init", "wrn_16_4", "--seed", "1", "--output", "large.rzoo").status == 0)
    _ = sandbox.folder.makeFolder("out")
    return sandbox
  }

  /// Runs an export that gets a signal while it writes.
  private func interrupt(_ sandbox: Sandbox, by signal: Int32) throws {
    let folder = sandbox.folder.file("out")
    for _ in 0..<20 {
      let outcome = try sandbox.run(Self.arguments, sending: signal) {
        TemporaryFolder.names(in: folder).contains { $0.hasPrefix(".reszoo-") }
      }
      if !outcome.exited {
        #expect(outcome.status == signal, "\(outcome.errors)")
        return
      }
      #expect(TemporaryFolder.names(in: folder) == ["export"])
      try FileManager.default.removeItem(atPath: folder + "/export")
    }
    Issue.record("no export was met while it wrote")
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGXCPU])
  func `an export that is interrupted leaves nothing`(_ signal: Int32) throws {
    let sandbox = try sandbox()
    try interrupt(sandbox, by: signal)
    #expect(TemporaryFolder.names(in: sandbox.folder.file("out")).isEmpty)
  }

  @Test func `a folder that a killed export left is removed by the next`() throws {
    let sandbox = try sandbox()
    let folder = sandbox.folder.file("out")
    try interrupt(sandbox, by: SIGKILL)
    #expect(TemporaryFolder.names(in: folder).count == 1)
    #expect(try sandbox.run("export", "large.rzoo", "--output", "out/a.safetensors").status == 0)
    #expect(TemporaryFolder.names(in: folder) == ["a.safetensors"])
  }

  @Test(arguments: ["raw", "hub"]) func `an export without room names the file that was asked for`(
    _ format: String
  ) throws {
    let sandbox = try sandbox()
    if format == "hub" {
      #expect(
        try sandbox.run(
          "init", "resnet18", "--num-classes", "2", "--seed", "1", "--output", "large.rzoo", "--force"
        )
        .status == 0)
    }
    let outcome = try sandbox.shell(
      #"ulimit -f 8; exec "$@""#, "export", "large.rzoo", "--format", format, "--names", "timm", "--output",
      "out/export/")
    let file = format == "raw" ? "weights.bin" : "model.safetensors"
    expectFailure(
      outcome, code: 74, saying: "reszoo: out/export/\(file): was not written: ", "free some space")
    #expect(!outcome.errors.contains(".reszoo-"))
    #expect(TemporaryFolder.names(in: sandbox.folder.file("out")).isEmpty)
  }

  @Test func `a key without room leaves no file`() throws {
    let sandbox = Sandbox()
    let outcome = try sandbox.shell(
      #"ulimit -f 0; exec "$@" 2>/dev/null"#, "keygen", "--key", "k.pem", "--public-key", "k.pub")
    #expect(outcome.exited && outcome.status == 74)
    #expect(sandbox.folder.names.isEmpty)
  }
}
