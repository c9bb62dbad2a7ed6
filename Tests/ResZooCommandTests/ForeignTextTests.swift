import Foundation
import TestSupport
import Testing

/// Text of strangers in names, labels and files, through all commands: no character that is not seen reaches a terminal, and no line
/// is forged.
@Suite struct ForeignTextTests {
  /// A text that steers terminals, turns the direction of text, hides and begins lines. It is short enough for names of files.
  static let nasty =
    "x\u{1B}]0;t\u{7}\u{9B}8m\u{202E}gpj\u{2066}\u{2028}\u{200B}\u{AD}\u{FEFF}\u{E0041}\u{7F}\r\nreszoo: FORGED"

  /// Checks what a run printed.
  private static func check(_ outcome: Outcome, _ arguments: [String]) {
    #expect(outcome.exited, "\(arguments)")
    for text in [outcome.text, outcome.errors] {
      let hidden = text.unicodeScalars.filter { scalar in
        switch scalar.properties.generalCategory {
        case .control: scalar != "\n"
        case .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
      }
      #expect(hidden.isEmpty, "\(arguments): \(hidden.map(\.value))")
      for line in text.split(separator: "\n") {
        #expect(!line.contains("FORGED") || !line.hasPrefix("reszoo: FORGED"), "\(arguments): \(line)")
      }
    }
  }

  /// A folder with a network that has nasty labels, an image, a data set with a nasty class, and files of nasty names.
  private static func sandbox() throws -> Sandbox {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.addImage("photo.jpg", as: nasty + ".jpg")
    sandbox.addDataSet()
    _ = sandbox.folder.makeFolder("set/" + nasty)
    sandbox.addImage("gray.jpg", as: "set/\(nasty)/\(nasty).jpg")
    sandbox.folder.write(Array("not an image".utf8), to: "set/\(nasty)/broken.jpg")
    sandbox.folder.write(
      Array(try JSONSerialization.data(withJSONObject: [nasty, "ant", "bee", "cat"])), to: "labels.json")
    let made = try sandbox.run(
      "init", "small_resnet18", "--num-classes", "4", "--labels", "labels.json", "--output", "nasty.rzoo",
      "--seed", "1")
    try #require(made.status == 0, "\(made.errors)")
    sandbox.folder.write(readFile(sandbox.folder.file("nasty.rzoo")), to: nasty + ".rzoo")
    sandbox.folder.write(Array("garbage".utf8), to: nasty + ".pth")
    sandbox.add(
      "path,label\nphoto.jpg,\"\(nasty)\"\nset/ant/1.png,ant\nset/bee/1.jpg,\"\(nasty)\"\n", as: "list.csv")
    sandbox.add("path,\"\(nasty)\"\nphoto.jpg,7\n", as: "marks.csv")
    sandbox.add("\"\(nasty)\",b\n1,2\n", as: "head.csv")
    let name = String(
      decoding: try JSONSerialization.data(withJSONObject: [nasty]).dropFirst().dropLast(), as: UTF8.self)
    sandbox.add("{\(name):1}", as: "setting.json")
    sandbox.add("{\"block\":\(name),\"stem\":{},\"stages\":[],\"classes\":1}", as: "descriptor.json")
    sandbox.add("{\"lr\":\(name)}", as: "value.json")
    return sandbox
  }

  @Test func `nothing hidden and no forged line comes out of a command`() throws {
    let sandbox = try Self.sandbox()
    let nasty = Self.nasty
    let (model, image, missing) = (nasty + ".rzoo", nasty + ".jpg", nasty + ".none")
    let training = ["--epochs", "1", "--batch", "2", "--threads", "1"]
    var runs = [
      [nasty], ["help", nasty], ["--" + nasty], ["classify", "--" + nasty],
      ["classify", "nasty.rzoo", "--format", nasty, "a.jpg"],
      ["classify", "nasty.rzoo", "a.jpg", "--top", nasty], ["completion", nasty],
      ["init", nasty, "--output", "new.rzoo"],
      ["pull", nasty], ["pull", "--list", nasty], ["architectures", nasty], ["cache", "--list", nasty],
      ["inspect", nasty + ".pth"],
      ["convert", nasty + ".pth", "--output", "new.rzoo"], ["convert", missing, "--output", "new.rzoo"],
      ["convert", Samples.export("tiny"), "--output", nasty + "/new.rzoo"],
      [
        "convert", Samples.export("tiny"), "--output", "tiny.rzoo", "--labels", missing, "--rename",
        "\(nasty)=a",
      ],
      ["init", "--descriptor", "setting.json", "--output", "new.rzoo"],
      ["init", "--descriptor", "descriptor.json", "--output", "new.rzoo"],
      ["train", "set", "--config", "setting.json", "--output", "new.rzoo"],
      ["train", "set", "--config", "value.json", "--arch", "small_resnet18", "--output", "new.rzoo"],
      ["train", "marks.csv", "--answer", "several", "--arch", "small_resnet18", "--output", "new.rzoo"],
      ["train", "head.csv", "--arch", "small_resnet18", "--output", "new.rzoo"],
      ["train", "list.csv", "--arch", "small_resnet18", "--output", nasty + ".new.rzoo"] + training,
      ["finetune", model, "set", "--output", "tuned.rzoo", "--train", "fc", "--unreadable-limit", "1"]
        + training,
      ["finetune", model, "set", "--output", "tuned.rzoo", "--train", nasty],
      ["lr-find", "set", "--from", model, "--max-steps", "3"],
      ["augment", "set", "--from", model, "--output", "sheet.png", "--augment", nasty],
      ["evaluate", model, "set"], ["evaluate", model, "set", "--format", "json"],
      ["evaluate", "untrained.rzoo", "list.csv"],
      ["evaluate", model, "set", "--predictions", "answers.csv"],
      ["export", model, "--output", nasty + ".safetensors"],
      ["export", model, "--output", nasty + ".nothing"],
      ["bench", model, "--open", "--json"],
      ["diff", model, "untrained.rzoo", "--output", "new.delta.rzoo"],
      ["merge", model, "--output", "merged.rzoo"],
      ["edit", model, "--note", nasty, "--output", nasty + ".edited.rzoo"],
      ["inspect", nasty + ".edited.rzoo"],
      ["inspect", nasty + ".edited.rzoo", "--json"], ["sign", model, "--key", missing],
      ["keygen", "--key", image, "--public-key", "k"],
      ["run", model, "--input", missing, "--output", "y.npy"],
      ["preprocess", model, missing, "--output", "x.npy"],
      ["features", model, image, "--output", "f.npy"],
      ["features", model, image, "--node", nasty, "--output", "f.npy"],
      ["inspect", model, "--tensors"], ["verify", model, missing, nasty + ".pth", "--json"],
      ["verify", model, missing, nasty + ".pth"],
      ["verify", model, "--public-key", missing],
      ["classify", model, image, "photo.jpg", missing, "set", "--verbose"],
    ]
    for format in ["text", "json", "jsonl", "csv"] {
      runs.append(["classify", model, image, missing, "--format", format])
      runs.append(["classify", model, image, "--format", format, "--top", "all", "--csv-exact"])
    }
    for format in ["text", "json", "dot", "svg"] {
      runs.append(["inspect", model, "--graph", "--format", format])
    }
    for arguments in runs { Self.check(try sandbox.run(arguments), arguments) }
    Self.check(try sandbox.run("classify", model, "-", input: missing + "\0" + image + "\0"), ["-"])
    for file in ["answers.csv"] {
      let text = String(decoding: readFile(sandbox.folder.file(file)), as: UTF8.self)
      #expect(text.contains("gpj"))
      #expect(
        !text.unicodeScalars.contains {
          $0 != "\n" && $0.properties.generalCategory == .control || $0 == "\u{202E}"
        })
    }
  }

  @Test func `JSON keeps the text that it escapes`() throws {
    let sandbox = try Self.sandbox()
    let outcome = try sandbox.run("classify", "nasty.rzoo", Self.nasty + ".jpg", "--format", "json")
    let row = try #require((try outcome.json["results"] as? [[String: Any]])?.first)
    #expect(row["input"] as? String == Self.nasty + ".jpg")
    let labels = try #require(row["top"] as? [[String: Any]]).compactMap { $0["label"] as? String }
    #expect(Set(labels) == [Self.nasty, "ant", "bee", "cat"])
    for escape in [#"\u009b"#, #"\u202e"#, #"\u2028"#, #"\udb40\udc41"#] {
      #expect(outcome.text.contains(escape))
    }
  }
}
