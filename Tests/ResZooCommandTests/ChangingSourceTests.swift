import Foundation
import TestSupport
import Testing

/// A source that another program changes while it is converted.
@Suite struct ChangingSourceTests {
  @Test func `a conversion that differs from its source is not written`() throws {
    let sandbox = Sandbox()
    _ = sandbox.folder.makeFolder("out")
    for seed in ["1", "2"] {
      #expect(
        try sandbox.run("init", "wrn_16_4", "--seed", seed, "--output", "\(seed).rzoo").status == 0)
      #expect(
        try sandbox.run("export", "\(seed).rzoo", "--output", "\(seed).safetensors").status == 0)
    }
    let other = readFile(sandbox.folder.file("2.safetensors"))
    sandbox.add("old", as: "out/z.rzoo")
    // Signal 0 is none. The file is changed when the result is being written, before it is compared.
    let outcome = try sandbox.run(
      ["convert", "1.safetensors", "--arch", "wrn_16_4", "--output", "out/z.rzoo"], sending: 0
    ) {
      guard sandbox.temporaryNames.contains(where: { $0.hasPrefix(".reszoo-") }) else { return false }
      sandbox.folder.write(other, to: "1.safetensors")
      return true
    }
    expectFailure(outcome, code: 74, saying: "differ from the source", "Nothing was written")
    #expect(readFile(sandbox.folder.file("out/z.rzoo")) == Array("old".utf8))
    #expect(sandbox.temporaryNames == ["z.rzoo"])
  }
}

extension Sandbox {
  /// The names in the folder `out`, hidden ones too.
  fileprivate var temporaryNames: [String] { TemporaryFolder.names(in: folder.file("out")) }
}
