import TestSupport
import Testing

@Suite struct TerminalTests {
  @Test func `a label cannot control the terminal or start a line`() throws {
    let sandbox = Sandbox()
    sandbox.folder.write(Array(#"["a\u001b]0;owned\u0007", "b\n  99.00 %  cat"]"#.utf8), to: "labels.json")
    let made = try sandbox.run(
      "init", "small_resnet18", "--num-classes", "2", "--labels", "labels.json", "--output", "net.rzoo")
    #expect(made.status == 0, "\(made.errors)")
    let inspected = try sandbox.run("inspect", "net.rzoo")
    #expect(inspected.text.contains(#"a\u{1b}]0;owned\u{7}, b\u{a}  99.00 %  cat"#))
    #expect(!inspected.output.contains(0x1B))
  }
}
