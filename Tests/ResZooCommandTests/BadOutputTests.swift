import Foundation
import Platform
import TestSupport
import Testing

/// Outputs that cannot be written, or must not be: nothing half-written stays.
@Suite struct BadOutputTests {
  /// Each command that writes a file, with the file's name left out.
  static let writers: [[String]] = [
    ["classify", "net.rzoo", "photo.jpg", "--output", ""],
    ["run", "net.rzoo", "--input", "x.npy", "--output", ""],
    ["preprocess", "net.rzoo", "photo.jpg", "--output", ""],
    ["features", "net.rzoo", "photo.jpg", "--output", ""],
    ["features", "net.rzoo", "photo.jpg", "--sheet", ""],
    ["features", "net.rzoo", "photo.jpg", "--statistics", "--plot", ""],
    ["inspect", "net.rzoo", "--graph", "--output", ""],
    ["convert", Samples.export("tiny"), "--output", ""], ["init", "small_resnet18", "--output", ""],
    ["export", "net.rzoo", "--format", "onnx", "--output", ""],
  ]

  private func sandbox() throws -> Sandbox {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.folder.write(Array32.zeros([1, 3, 8, 8]), to: "x.npy")
    return sandbox
  }

  @Test func `a name that is not UTF-8 is refused, and none like it is made`() throws {
    let sandbox = try sandbox()
    let before = sandbox.folder.names
    expectFailure(
      try sandbox.shell(
        "\"$@\" \"$(printf 'w\\377.txt')\"", "classify", "net.rzoo", "photo.jpg", "--output"),
      code: 64, saying: "argument 5, 'w\u{FFFD}.txt', is not UTF-8")
    #expect(sandbox.folder.names == before)
  }

  @Test(arguments: writers.indices) func `an output that cannot be created is an error`(_ writer: Int) throws
  {
    let sandbox = try sandbox()
    _ = sandbox.folder.makeFolder("folder")
    let before = sandbox.folder.names
    func write(to output: String) throws -> Outcome {
      try sandbox.run(Self.writers[writer].map { $0.isEmpty ? output : $0 })
    }
    expectFailure(
      try write(to: "none/out"), code: 73, saying: "reszoo: none/out: ", "its folder does not exist")
    expectFailure(try write(to: "net.rzoo/out"), code: 73, saying: "net.rzoo/out: ", "folder")
    expectFailure(try write(to: "folder"), code: 73, saying: "reszoo: folder: is a directory; name a file")
    expectFailure(try write(to: "/dev/full"), code: 73, saying: "/dev/full: is not a regular file")
    #expect(sandbox.folder.names == before)
  }

  /// Outputs of more than 4 KiB, so that the limit of the shell, 8 blocks of 512 bytes, is met.
  static let largeWriters: [[String]] = [
    ["classify", "untrained.rzoo", "-", "--output", "out"],
    ["run", "untrained.rzoo", "--input", "many.npy", "--output", "out"],
    ["preprocess", "untrained.rzoo", "photo.jpg", "--output", "out"],
    ["features", "untrained.rzoo", "photo.jpg", "--node", "layer1", "--output", "out"],
    ["inspect", "resnet18", "--graph", "--format", "svg", "--output", "out"],
    ["init", "small_resnet18", "--output", "out"],
    ["convert", "big", "--output", "out"],
    ["export", "untrained.rzoo", "--format", "onnx", "--output", "out"],
  ]

  @Test(arguments: largeWriters.indices) func `a full disk is an error and leaves no file`(
    _ writer: Int
  ) throws {
    let sandbox = try sandbox()
    sandbox.folder.write(Array32.zeros([200, 3, 8, 8]), to: "many.npy")
    try sandbox.addLargeExport()
    sandbox.add("old", as: "out")
    let before = sandbox.folder.names
    let list = String(repeating: "photo.jpg\n", count: 100)
    let outcome = try sandbox.shell(
      #"ulimit -f 8; exec "$@""#, Self.largeWriters[writer], input: list)
    expectFailure(outcome, code: 74, saying: "reszoo: out: was not written: ", "free some space")
    #expect(sandbox.folder.names == before)
    #expect(readFile(sandbox.folder.file("out")) == Array("old".utf8))
  }

  static let printers: [[String]] = [
    ["classify", "net.rzoo", "photo.jpg"], ["evaluate", "net.rzoo", "set"], ["inspect", "net.rzoo"],
    ["verify", "net.rzoo"], ["architectures"], ["bench", "net.rzoo", "--seconds", "0.01"],
  ]

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")), arguments: printers.indices)
  func `a standard output that takes nothing is an error`(_ printer: Int) throws {
    let sandbox = try sandbox()
    sandbox.addDataSet()
    let full = try sandbox.shell(#"exec "$@" >/dev/full"#, Self.printers[printer])
    expectFailure(full, code: 74, saying: "reszoo: standard output: No space left on device")
    let closed = try sandbox.shell(#"exec "$@" >&-"#, Self.printers[printer])
    expectFailure(closed, code: 74, saying: "reszoo: standard output: Bad file descriptor")
  }

  /// A file that is opened while standard error is closed must not get its messages.
  @Test func `messages never get into the output`() throws {
    let sandbox = try sandbox()
    let outcome = try sandbox.shell(
      #"exec "$@" <&- >&- 2>&-"#, "classify", "untrained.rzoo", "none.jpg", "--format", "csv", "--top", "1",
      "--output", "out")
    #expect(outcome.exited && outcome.status == 1)
    #expect(
      String(decoding: readFile(sandbox.folder.file("out")), as: UTF8.self) == """
        input,error,label_1,index_1,probability_1,logit_1
        none.jpg,does not exist; check the path,,,,

        """)
  }

  @Test func `an input is never replaced`() throws {
    let sandbox = try sandbox()
    _ = sandbox.folder.makeFolder("big")
    sandbox.folder.write(readFile(Samples.export("tiny/manifest.json")), to: "big/manifest.json")
    sandbox.folder.write(readFile(Samples.export("tiny/weights.bin")), to: "big/weights.bin")
    sandbox.add("{}", as: "d.json")
    let link = sandbox.folder.file("link.jpg")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "photo.jpg")
    for (command, output) in [
      (["classify", "net.rzoo", "photo.jpg"], "photo.jpg"),
      (["classify", "net.rzoo", "photo.jpg"], "net.rzoo"),
      (["classify", "net.rzoo", "."], "./photo.jpg"), (["classify", "net.rzoo", "photo.jpg"], "link.jpg"),
      (["run", "net.rzoo", "--input", "x.npy"], "x.npy"),
      (["run", "net.rzoo", "--input", "x.npy"], "net.rzoo"),
      (["preprocess", "net.rzoo", "photo.jpg"], "photo.jpg"), (["convert", "big"], "big/weights.bin"),
      (["convert", "photo.jpg"], "photo.jpg"), (["init", "--descriptor", "d.json"], "d.json"),
    ] {
      let file = sandbox.folder.file(output)
      let before = readFile(file)
      let outcome = try sandbox.run(command + ["--output", output])
      expectFailure(outcome, code: 64, saying: "reszoo: \(output): it", "would be replaced; name another")
      #expect(readFile(file) == before)
    }
  }

  @Test func `a list on standard input is an input`() throws {
    let sandbox = try sandbox()
    for (name, format) in [("list.txt", "text"), ("list.csv", "csv")] {
      sandbox.add("photo.jpg\n", as: name)
      let outcome = try sandbox.shell(
        #""$@" <\#(name)"#, "classify", "net.rzoo", "-", "--format", format, "--output", name)
      #expect(outcome.exited && outcome.status != 0)
      let words = "it is standard input, which is read by this command"
      #expect(outcome.errors.contains(words), "\(outcome.errors)")
      #expect(String(decoding: readFile(sandbox.folder.file(name)), as: UTF8.self) == "photo.jpg\n")
    }
  }

  @Test func `below a folder whose name is not UTF-8 no other folder is replaced`() throws {
    let sandbox = try sandbox()
    let folders =
      #"a="$(printf 'a\377')"; b="$(printf 'a\357\277\275')"; mkdir "$a" "$b"; cp net.rzoo "$a"; cp net.rzoo "$b";"#
    #expect(
      try sandbox.shell(
        folders + #"cd "$b"; "$@"; cd ../"$a"; mkdir out; cp ../"$b"/out/manifest.json out"#, "export",
        "net.rzoo", "--format", "raw", "--output", "out"
      ).status == 0)
    let outcome = try sandbox.shell(
      #"cd "$(printf 'a\377')"; "$@""#, "export", "net.rzoo", "--format", "raw", "--output", "out")
    #expect(outcome.exited && outcome.status != 0)
    #expect(outcome.errors.contains("out: lies in a folder whose name is not UTF-8"), "\(outcome.errors)")
  }

  @Test(.enabled(if: geteuid() == 0)) func `the state of another user's training is not continued`() throws {
    let sandbox = try sandbox()
    sandbox.addDataSet()
    let state = sandbox.folder.write([1], to: "out.rzoo.training")
    try #require(unsafe chown(state, 65534, 65534) == 0)
    let outcome = try sandbox.run("finetune", "net.rzoo", "set", "--output", "out.rzoo", "--resume")
    expectFailure(outcome, code: 65, saying: "out.rzoo.training: belongs to another user")
  }

  /// Ctrl-C and its relatives: no temporary file stays, and the caller sees the signal.
  @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func `an interrupted command removes its temporary files`(
    _ signal: Int32
  ) throws {
    let sandbox = try sandbox()
    let folder = sandbox.folder.makeFolder("out")
    func names() -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] }
    let outcome = try sandbox.run(
      ["bench", "net.rzoo", "--seconds", "20"], sending: signal, once: { true })
    #expect(!outcome.exited && outcome.status == signal, "\(outcome.errors)")
    let writing = try sandbox.run(
      ["classify", "untrained.rzoo", "-", "--output", "out/results"],
      input: String(repeating: "photo.jpg\n", count: 50_000), sending: signal, once: { !names().isEmpty })
    #expect(!writing.exited && writing.status == signal, "\(writing.errors)")
    #expect(names().isEmpty)
  }
}

extension Sandbox {
  /// A raw export whose checkpoint has more than 4 KiB, as `big`.
  func addLargeExport() throws {
    let labels = (0..<3).map { digit in
      (0..<60).map { _ in String(UInt64.random(in: 0 ... .max), radix: 36) }.joined() + "\(digit)"
    }
    _ = folder.makeFolder("big")
    let manifest = try JSONSerialization.jsonObject(
      with: Data(readFile(Samples.export("tiny/manifest.json"))))
    guard var fields = manifest as? [String: Any] else { return }
    fields["labels"] = labels
    folder.write(Array(try JSONSerialization.data(withJSONObject: fields)), to: "big/manifest.json")
    folder.write(readFile(Samples.export("tiny/weights.bin")), to: "big/weights.bin")
  }
}
