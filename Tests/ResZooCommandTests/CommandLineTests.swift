import TestSupport
import Testing

/// What the command line says of itself: errors, completion, and how much it says.
@Suite struct CommandLineTests {
  static let words: [(line: [String], advice: String)] = [
    (["classfy", "net.rzoo"], "there is no command 'classfy'; did you mean 'classify'?"),
    (["predict"], "'reszoo classify'"), (["infer"], "'reszoo classify'"), (["val"], "'reszoo evaluate'"),
    (["test"], "'reszoo evaluate'"), (["validate"], "'reszoo evaluate'"), (["eval"], "'reszoo evaluate'"),
    (["fit"], "'reszoo finetune'"), (["info"], "'reszoo inspect'"), (["show"], "'reszoo inspect'"),
    (["download"], "'reszoo pull'"), (["list"], "'reszoo architectures'"),
    (["models"], "'reszoo pull --list'"),
  ]

  @Test(arguments: words.indices) func `a command of another program leads to ours`(_ index: Int) throws {
    let (line, advice) = Self.words[index]
    expectFailure(
      try Sandbox().run(line), code: 64, saying: "reszoo: there is no command '\(line[0])'", advice,
      "see 'reszoo --help'")
  }

  @Test func `an error of the command line has one prefix and a hint of one line`() throws {
    let outcome = try Sandbox().run("classify", "net.rzoo", "p.jpg", "--formt", "csv")
    expectFailure(outcome, code: 64, saying: "reszoo: Unknown option '--formt'. Did you mean '--format'?")
    #expect(outcome.errors.hasSuffix("\n  see 'reszoo classify --help'\n"))
    #expect(outcome.errors.split(separator: "\n").count == 2)
  }

  @Test func `operands in the wrong order are named`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    sandbox.addImage("photo.jpg")
    for line in [
      ["classify", "photo.jpg", "net.rzoo"], ["classify", "none.jpg", "net.rzoo"],
      ["evaluate", "set", "net.rzoo"], ["finetune", "set", "net.rzoo", "--output", "x.rzoo"],
      ["features", "photo.jpg", "net.rzoo", "--output", "x.npy"],
      ["preprocess", "photo.jpg", "net.rzoo", "--output", "x.npy"],
    ] {
      expectFailure(
        try sandbox.run(line), code: 64,
        saying: "the model comes first: reszoo \(line[0]) net.rzoo \(line[1])")
    }
  }

  @Test func `an address is no path`() throws {
    let sandbox = try Sandbox.withNetworks()
    let address = "https://example.org/cat.jpg"
    let image = try sandbox.run("classify", "net.rzoo", address)
    #expect(image.status == 1 && image.errors.contains("\(address): is an address, not a path; download"))
    expectFailure(try sandbox.run("inspect", "https://example.org/x.rzoo"), code: 66, saying: "is an address")
    expectFailure(
      try sandbox.run("evaluate", "net.rzoo", "https://example.org/set"), code: 66, saying: "is an address")
  }

  @Test func `quiet leaves results and errors, verbose adds times`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    expectQuietSuccess(
      try sandbox.run("classify", "untrained.rzoo", "photo.jpg", "--format", "csv", "--quiet"))
    let failed = try sandbox.run(
      "classify", "net.rzoo", "photo.jpg", "none.jpg", "--format", "csv", "--quiet")
    #expect(failed.status == 1 && failed.errors.contains("none.jpg: does not exist"))
    let verbose = try sandbox.run("classify", "net.rzoo", "photo.jpg", "--verbose")
    #expect(verbose.errors.contains("reszoo: net.rzoo: opened: 0."), "\(verbose.errors)")
    expectFailure(
      try sandbox.run("inspect", "net.rzoo", "--quiet", "--verbose"), code: 64, saying: "exclude each other")
  }

  @Test func `colours are for terminals, or where they are asked for`() throws {
    let sandbox = Sandbox()
    func errors(_ environment: String) throws -> String {
      try sandbox.shell(#"exec env -u NO_COLOR -u CLICOLOR \#(environment) "$@""#, "inspect", "none.rzoo")
        .errors
    }
    #expect(try !errors("TERM=xterm").contains("\u{1B}"))
    #expect(try errors("CLICOLOR_FORCE=1").hasPrefix("\u{1B}[31mreszoo: none.rzoo"))
    #expect(try errors("FORCE_COLOR=1").hasPrefix("\u{1B}[31m"))
    #expect(try !errors("FORCE_COLOR=1 NO_COLOR=1").contains("\u{1B}"))
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func `a completion script knows commands and files`(
    _ shell: String
  ) throws {
    let outcome = try Sandbox().run("completion", shell)
    expectQuietSuccess(outcome)
    for word in ["finetune", "rzoo", "--output"] where !(shell == "fish" && word == "--output") {
      #expect(outcome.text.contains(word), "\(word)")
    }
    if shell == "bash" {
      #expect(outcome.text.contains("complete -o default -o filenames -F _reszoo reszoo"))
    }
  }

  @Test func `bash completes commands, files, architectures and layers`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.add("x", as: "notes.txt")
    func completed(_ line: String) throws -> [String] {
      let script = """
        PATH=$(dirname "$0"):$PATH; . <("$0" completion bash); read -ra COMP_WORDS <<<"$1"
        COMP_LINE=$1 COMP_POINT=${#1} COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _reszoo reszoo "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"; printf '%s\\n' "${COMPREPLY[@]}"
        """
      let outcome = try sandbox.shell(#"exec bash -c "$2" "$1" "$3""#, script, line)
      return outcome.text.split(separator: "\n").map(String.init)
    }
    #expect(try completed("reszoo classi") == ["classify"])
    #expect(try completed("reszoo classify ne") == ["net.rzoo"])
    #expect(try completed("reszoo init small_resnet1").contains("small_resnet18"))
    #expect(try completed("reszoo pull resnet5").contains("resnet50"))
    #expect(try completed("reszoo features untrained.rzoo --node layer3.1.relu").contains("layer3.1.relu1"))
    #expect(try completed("reszoo finetune untrained.rzoo set --train layer4,f").contains("layer4,fc"))
    #expect(try completed("reszoo train set --optimizer ada").sorted() == ["adam", "adamw"])
  }
}
