import TestSupport
import Testing

/// Command lines that are wrong: 64, and what would be right.
@Suite struct BadOptionTests {
  static let cases: [(line: [String], words: String)] = [
    (["classify", "net.rzoo", "p.jpg", "--batch", "0"], "--batch is 0; it must be from 1 to 1024"),
    (["classify", "net.rzoo", "p.jpg", "--batch", "100000"], "--batch is 100000"),
    (["classify", "net.rzoo", "p.jpg", "--batch", "many"], "'many'"),
    (["classify", "net.rzoo", "p.jpg", "--threads", "-1"], "--threads is -1; it must be from 0 to 256"),
    (["classify", "net.rzoo", "p.jpg", "--top", "0"], "--top is 0; it must be at least 1"),
    (["classify", "net.rzoo", "p.jpg", "--top", "-5"], "--top is -5"),
    (["classify", "net.rzoo", "p.jpg", "--format", "xml"], "'xml'"),
    (["classify", "net.rzoo", "p.jpg", "--colour"], "--colour"),
    (["classify", "net.rzoo"], "<inputs>"), (["classify"], "<model>"),
    (["evaluate", "net.rzoo"], "<dataset>"),
    (["evaluate", "net.rzoo", "set", "--batch", "0"], "--batch is 0"),
    (["evaluate", "net.rzoo", "set", "--threads", "-1"], "--threads is -1"),
    (["run", "net.rzoo", "--input", "x.npy"], "--output"),
    (["run", "net.rzoo", "--output", "y.npy"], "--input"),
    (["run", "net.rzoo", "--input", "x", "--output", "y", "--batch", "0"], "--batch is 0"),
    (["inspect", "net.rzoo", "--size", "64"], "are for --graph"),
    (["inspect", "net.rzoo", "--graph", "--size", "0"], "--size is 0"),
    (["inspect", "net.rzoo", "--graph", "--format", "png"], "'png'"),
    (["inspect", "net.rzoo", "--graph", "--json", "--format", "dot"], "--json and another --format"),
    (["inspect", "net.rzoo", "--graph", "--tensors"], "--graph and --tensors"),
    (["init", "resnet18", "--output", "x.rzoo", "--init", "he"], "'he'"),
    (
      ["train", "set", "--from", "net.rzoo", "--output", "x.rzoo", "--init", "xavier"], "--init is for --arch"
    ),
    (["study", "degradation", "set"], "--output"),
    (["study", "degradation", "set", "--output", "o", "--epochs", "0"], "--epochs is 0"),
    (["study", "degradation", "set", "--output", "o", "--seeds", "0"], "--seeds is 0"),
    (["study", "degradation", "set", "--output", "o", "--pictures", "0"], "--pictures is 0"),
    (["study", "degradation", "set", "--output", "o", "--nets", "cifar_plain21"], "cifar_plain20"),
    (["study", "degradation", "set", "--output", "o", "--nets", ","], "--nets names no network"),
    (
      ["study", "degradation", "set", "--output", "o", "--schedule", "cosine", "--milestones", "2"],
      "--milestones is for --schedule multistep"
    ),
    (["study", "shortcuts", "set", "--output", "o", "--of", "depth"], "there is no question 'depth'"),
    (["features", "net.rzoo", "p.jpg"], "--output, --sheet or --statistics"),
    (["features", "net.rzoo", "--output", "f.npy"], "<inputs>"),
    (["features", "net.rzoo", "p.jpg", "--output", "f", "--node", "a", "--node", "b"], "only --statistics"),
    (["features", "net.rzoo", "p.jpg", "--output", "f", "--statistics"], "--statistics excludes"),
    (["features", "net.rzoo", "p.jpg", "--output", "f", "--plot", "g"], "--format and --plot are for"),
    (["features", "net.rzoo", "p.jpg", "--output", "f", "--scale", "all"], "--scale is for --sheet"),
    (
      ["features", "net.rzoo", "p.jpg", "--node", "layer1", "--output", "f", "--sheet", "f"],
      "different files"
    ),
    (["features", "net.rzoo", "p.jpg", "q.jpg", "--sheet", "f"], "--sheet shows one image"),
    (["preprocess", "net.rzoo", "p.jpg"], "--output"), (["preprocess", "net.rzoo"], "<inputs>"),
    (["preprocess", "net.rzoo", "p.jpg", "--output", "x", "--stage", "raw"], "'raw'"),
    (["inspect"], "<file>"), (["inspect", "a.rzoo", "b.rzoo"], "b.rzoo"), (["verify"], "<files>"),
    (["convert"], "<source>"), (["convert", "raw"], "--output"), (["init", "resnet18"], "--output"),
    (["init", "--output", "x"], "Name an architecture"), (["architectures", "more"], "more"),
    (["bench"], "<model>"),
    (["bench", "net.rzoo", "--seconds", "0"], "--seconds is 0"),
    (["bench", "net.rzoo", "--seconds", "-2"], "--seconds is -2"),
    (["bench", "net.rzoo", "--seconds", "nan"], "--seconds is nan"),
    (["bench", "net.rzoo", "--size", "0"], "--size is 0"),
    (["bench", "net.rzoo", "--batch", "0"], "--batch is 0"),
    (["bench", "net.rzoo", "--open", "--load"], "--open, --load, --plan and --train"),
    (["bench", "net.rzoo", "--load", "--batch", "4"], "which --open and --load do not"),
    (["bench", "net.rzoo", "--open", "--seconds", "1"], "which --open and --load do not"),
    (["bench", "net.rzoo", "--train", "fc", "--exact"], "--exact and --optimize are for"),
    (["bench", "net.rzoo", "--open", "--precision", "auto"], "which --open and --load do not"),
    (["classify", "net.rzoo", "p.jpg", "--precision", "fp16"], "'fp16'"),
    (["classify", "net.rzoo", "p.jpg", "--precision", "bf16", "--exact"], "--exact is for --precision f32"),
    (["bench", "net.rzoo", "--train", "fc", "--optimize", "latency"], "--optimize are for inference"),
    (["features", "net.rzoo", "p.jpg", "--statistics", "--plot", "-"], "--plot needs a file"),
    (["features", "net.rzoo", "p.jpg", "--statistics", "--batch", "2"], "--batch is not for --statistics"),
    (["lr-find", "set", "--arch", "small_resnet18", "--base", "b.rzoo"], "--base is for --from"),
    (["lr-find", "set", "--arch", "small_resnet18", "--chart", "-"], "--chart needs a file"),
    (["init", "small_resnet18", "--output", "-"], "cannot be written to standard output"),
    (["paint", "net.rzoo"], "paint"),
  ]

  @Test(arguments: cases.indices) func `a wrong command line is an error that shows the right one`(
    _ index: Int
  ) throws {
    let (line, words) = Self.cases[index]
    let sandbox = Sandbox()
    let outcome = try sandbox.run(line)
    expectFailure(outcome, code: 64, saying: words)
    #expect(outcome.errors.hasPrefix("reszoo: "), "one prefix for all errors: \(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(sandbox.folder.names.isEmpty)
  }

  @Test func `without a command the help is shown`() throws {
    let outcome = try Sandbox().run()
    #expect(outcome.exited)
    #expect((outcome.text + outcome.errors).contains("SUBCOMMANDS"))
  }
}
