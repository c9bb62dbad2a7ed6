import Foundation
import TestSupport
import Testing

/// Trainings of the imported network, whose images have 8×8 pixels, on the four images of the set.
@Suite struct TrainCommandTests {
  private let sandbox: Sandbox

  init() throws {
    sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    sandbox.add(
      """
      {"input_size": [3, 8, 8], "resize": 8, "crop": 8, "crop_mode": "center", "interpolation": "bilinear",
      "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}
      """, as: "small.json")
    #expect(try sandbox.run("edit", "net.rzoo", "--preset", "small.json").status == 0)
  }

  private func train(_ more: String...) throws -> Outcome {
    try sandbox.run(
      [
        "train", "set", "--from", "net.rzoo", "--output", "out.rzoo", "--batch", "2", "--lr", "0.01",
        "--force",
      ]
        + more)
  }

  private var result: [UInt8] { readFile(sandbox.folder.file("out.rzoo")) }

  @Test func `a trained file records its training`() throws {
    let outcome = try train("--epochs", "2", "--validation", "set", "--log", "log.jsonl")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("epoch 2/2"))
    let record = try sandbox.run("inspect", "out.rzoo", "--json").json
    #expect((record["origin"] as? [String: Any])?["kind"] as? String == "trained")
    let recipe = try #require(record["recipe"] as? [String: String])
    #expect(recipe["lr"] == "0.01")
    #expect(recipe["optimizer"] == "sgd")
    let root = try sandbox.run("inspect", "net.rzoo", "--json").json["content_root"] as? String
    #expect(recipe["from"] == "net.rzoo" && root != nil && recipe["base-root"] == root)
    #expect((record["metrics"] as? [String: Double])?["acc@1"] != nil)
    #expect(!FileManager.default.fileExists(atPath: sandbox.folder.file("out.rzoo.training")))
    let log = String(decoding: readFile(sandbox.folder.file("log.jsonl")), as: UTF8.self)
    #expect(log.split(separator: "\n").count { $0.contains("\"step\"") } == 4)
  }

  @Test func `the same seed gives the same file`() throws {
    _ = try train("--epochs", "2", "--seed", "5", "--threads", "1")
    let first = result
    _ = try train("--epochs", "2", "--seed", "5", "--threads", "2")
    #expect(!first.isEmpty && result == first)
    _ = try train("--epochs", "2", "--seed", "6")
    #expect(result != first)
  }

  @Test func `a training is resumed only with the same options`() throws {
    _ = try train("--epochs", "2", "--keep-state")
    let first = result
    expectFailure(try train("--epochs", "2"), code: 65, saying: "--resume", "--restart")
    expectFailure(
      try train("--epochs", "2", "--resume", "--momentum", "0.5"), code: 65, saying: "--momentum was 0.9")
    #expect(try train("--epochs", "2", "--resume").status == 0)
    #expect(result == first)
    expectFailure(try train("--epochs", "3", "--resume"), code: 65, saying: "nothing to resume")
  }

  @Test func `a training is not resumed on another data set`() throws {
    _ = try train("--epochs", "1", "--keep-state")
    sandbox.addImage("photo.jpg", as: "set/bee/2.jpg")
    expectFailure(try train("--epochs", "1", "--resume"), code: 65, saying: "another data set")
    #expect(try train("--epochs", "1", "--restart").status == 0)
  }

  @Test func `a training is not resumed on other pixels`() throws {
    _ = try train("--epochs", "1", "--keep-state")
    expectFailure(
      try train("--epochs", "1", "--resume", "--ignore-exif"), code: 65,
      saying: "--ignore-exif was not given and is given")
    // Another image with as many bytes.
    let path = sandbox.folder.file("set/ant/1.png")
    let image = readFile(path)
    writeFile(image.dropLast() + [~image[image.count - 1]], to: path)
    expectFailure(try train("--epochs", "1", "--resume"), code: 65, saying: "another data set")
    writeFile(image, to: path)
    // The same weights for images of another size.
    sandbox.add(
      """
      {"input_size": [3, 8, 8], "resize": 9, "crop": 8, "crop_mode": "center", "interpolation": "bilinear",
      "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}
      """, as: "other.json")
    let network = readFile(sandbox.folder.file("net.rzoo"))
    #expect(try sandbox.run("edit", "net.rzoo", "--preset", "other.json").status == 0)
    expectFailure(
      try train("--epochs", "1", "--resume"), code: 65, saying: "prepared for the network in another way")
    writeFile(network, to: sandbox.folder.file("net.rzoo"))
    #expect(try train("--epochs", "1", "--resume").status == 0)
  }

  @Test func `train and val of a folder are trained and validated with`() throws {
    for name in ["root", "root/train", "root/val"] {
      _ = sandbox.folder.makeFolder(name)
      guard name != "root" else { continue }
      for label in ["ant", "bee", "cat"] {
        _ = sandbox.folder.makeFolder("\(name)/\(label)")
        if name != "root/val" || label != "cat" {
          sandbox.addImage("photo.jpg", as: "\(name)/\(label)/1.jpg")
        }
      }
    }
    sandbox.addImage("gray.jpg", as: "root/train/bee/1.jpg")
    sandbox.addImage("palette-8.png", as: "root/train/cat/1.png")
    let outcome = try sandbox.run(
      "train", "root", "--from", "net.rzoo", "--output", "out.rzoo", "--batch", "2", "--lr", "0.01",
      "--epochs", "1",
      "--patience", "3")
    #expect(outcome.status == 0, "\(outcome.errors)")
    for words in [
      "root: trains on root/train", "root: validates with root/val", "3 classes: ant, bee, cat", "settings: ",
      "4 training images of 3 classes, 2 validation images",
      "1 of 3 classes has no image to validate with: 'cat'",
      "root/train: 2 images are in more than one class: root/train/ant/1.jpg is 'ant'",
    ] {
      #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }
    let evaluated = try sandbox.run("evaluate", "out.rzoo", "root", "--format", "json")
    #expect(evaluated.errors.contains("root: evaluates on root/val, not on 'train'"), "\(evaluated.errors)")
    #expect(try evaluated.json["images"] as? Int == 2)
  }

  @Test func `a class without a readable image is refused`() throws {
    sandbox.add("RIFF....WEBPVP8 ", as: "set/bee/1.jpg")
    expectFailure(
      try train("--epochs", "1"), code: 65,
      saying: "class 'bee' has no image that can be read: set/bee/1.jpg: ")
    #expect(!FileManager.default.fileExists(atPath: sandbox.folder.file("out.rzoo.training")))
  }

  @Test func `notes of the base are not those of its successor`() throws {
    #expect(
      try sandbox.run("edit", "net.rzoo", "--note", "Trained on CIFAR-10.", "--license", "MIT").status == 0)
    #expect(try train("--epochs", "1", "--validation", "set").status == 0)
    let record = try sandbox.run("inspect", "out.rzoo", "--json").json
    #expect(record["notes"] as? String == nil)
    #expect((record["origin"] as? [String: Any])?["license"] as? String == "MIT")
    let metrics = try #require(record["metrics"] as? [String: Double])
    #expect(metrics["train_images"] == 4 && metrics["images"] == 4)
  }

  @Test func `a diverged training leaves no files`() throws {
    expectFailure(
      try train("--lr", "1e30", "--epochs", "3"), code: 65, saying: "step", "smaller --lr, such as 0.1,")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: sandbox.folder.path).sorted()
        == ["net.rzoo", "set", "small.json", "untrained.rzoo"])
  }

  @Test func `an impossible training is refused before anything is written`() throws {
    expectFailure(try train("--lr", "0"), code: 64, saying: "learning rate is 0")
    expectFailure(try train("--batch", "9"), code: 64, saying: "a batch of 9 images is more than the 4")
    expectFailure(try train("--train", "layer9"), code: 64, saying: "no 'layer9'")
    expectFailure(try train("--output", "none/out.rzoo"), code: 73, saying: "none/out.rzoo")
    expectFailure(try train("--output", "net.rzoo"), code: 64, saying: "would be replaced")
    expectFailure(
      try sandbox.run("train", "none", "--arch", "small_resnet18", "--output", "out.rzoo"), code: 66,
      saying: "none")
    #expect(!FileManager.default.fileExists(atPath: sandbox.folder.file("out.rzoo")))
  }

  @Test func `files that are read are never replaced`() throws {
    let names = sandbox.folder.names
    let image = try #require(
      FileManager.default.subpaths(atPath: sandbox.folder.file("set"))?.first { $0.hasSuffix(".jpg") })
    for output in ["set/" + image, "net.rzoo"] {
      expectFailure(
        try sandbox.run("train", "set", "--from", "net.rzoo", "--output", output, "--batch", "2"), code: 64,
        saying: "would be replaced")
    }
    #expect(sandbox.folder.names == names)
  }

  @Test func `options that need others are refused without them`() throws {
    expectFailure(try train("--patience", "3"), code: 64, saying: "--patience needs --validation")
    expectFailure(try train("--best-by", "loss"), code: 64, saying: "--best-by needs --validation")
    expectFailure(
      try train("--epochs", "3", "--unfreeze", "fc@2"), code: 64,
      saying: "fc is trainable before epoch 2 already")
  }

  @Test func `options without effect are warned about`() throws {
    let adam = try train("--epochs", "1", "--optimizer", "adam", "--momentum", "0.9", "--cache", "features")
    #expect(adam.status == 0)
    for words in ["--momentum has no effect", "the cache has no effect"] {
      #expect(adam.errors.contains(words), "\(adam.errors)")
    }
    let head = try train("--epochs", "1", "--train", "fc", "--cache-type", "f16", "--backbone-lr", "0.1")
    for words in ["--backbone-lr has no effect", "--cache-views keeps"] {
      #expect(head.errors.contains(words), "\(head.errors)")
    }
    let search = try sandbox.run(
      "lr-find", "set", "--from", "net.rzoo", "--train", "fc", "--batch", "2", "--steps", "10", "--lr", "0.1",
      "--ema", "0.9", "--unfreeze", "all@2")
    #expect(search.status == 0 && search.errors.contains("no effect here: --lr, --unfreeze, --ema;"))
  }

  @Test func `errors name the data set`() throws {
    for name in ["other", "other/ant", "other/wasp"] { _ = sandbox.folder.makeFolder(name) }
    sandbox.addImage("photo.jpg", as: "other/ant/1.jpg")
    sandbox.addImage("photo.jpg", as: "other/wasp/1.jpg")
    expectFailure(
      try train("--validation", "other"), code: 65, saying: "other: 1 of 2 classes", "the 3 of set", "'wasp'")
    _ = sandbox.folder.makeFolder("out.rzoo.training")
    expectFailure(try train("--resume"), code: 65, saying: "out.rzoo.training: is not a file", "move it away")
  }

  @Test func `validation images that are also trained on are warned about`() throws {
    sandbox.add("set/ant/1.png,ant\n", as: "one.csv")
    let outcome = try train("--epochs", "1", "--validation", "one.csv")
    #expect(outcome.status == 0)
    #expect(
      outcome.errors.contains("1 of the 1 validation images is also in the training set"), "\(outcome.errors)"
    )
  }

  @Test func `too many unreadable images end a training`() throws {
    sandbox.add("no image", as: "set/bee/0.png")
    expectFailure(
      try train("--epochs", "1", "--unreadable-limit", "0"), code: 65, saying: "set/bee/0.png",
      "--unreadable-limit")
    // Nothing to go on with is left.
    #expect(try train("--epochs", "1").status == 0)
  }

  @Test func `records of a training do not replace its files`() throws {
    for (option, path) in [
      ("--log", "out.rzoo"), ("--report", "./out.rzoo.training"), ("--cache", "out.rzoo"),
    ] {
      expectFailure(
        try train("--train", "fc", option, path), code: 64,
        saying: "\(path): \(option) and the training itself")
    }
    sandbox.add("set/ant/1.png,ant\nset/bee/1.png,bee\n", as: "two.csv")
    for (set, chart) in [("two.csv", "two.csv"), ("two.csv", "set/ant/1.png"), ("set", "set/ant/1.png")] {
      expectFailure(
        try sandbox.run("lr-find", set, "--from", "net.rzoo", "--chart", chart), code: 64,
        saying: "\(chart): it is ", "read by this command")
    }
  }

  @Test func `weights of other programs are answered with the way to convert them`() throws {
    sandbox.folder.write(readFile(WeightFixtures.path("pytorch/bfloat16.pth")), to: "net.pth")
    expectFailure(
      try sandbox.run("finetune", "net.pth", "set", "--output", "out.rzoo"), code: 65,
      saying: "reszoo convert net.pth")
  }

  @Test func `a new head has the labels of the folders`() throws {
    _ = sandbox.folder.makeFolder("set/dog")
    sandbox.addImage("photo.jpg", as: "set/dog/1.jpg")
    let arguments = [
      "finetune", "net.rzoo", "set", "--train", "fc", "--epochs", "1", "--validation-split", "0",
    ]
    let outcome = try sandbox.run(arguments + ["--output", "out.rzoo"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("settings:") && outcome.errors.contains("new head for 4 classes"))
    let record = try sandbox.run("inspect", "out.rzoo", "--json").json
    #expect(record["labels"] as? [String] == ["ant", "bee", "cat", "dog"])
    // What is frozen is bit for bit that of the base: a delta holds the head alone.
    let delta = try sandbox.run(arguments + ["--output", "delta.rzoo", "--delta"])
    #expect(delta.status == 0, "\(delta.errors)")
    let tensors = try sandbox.run("inspect", "delta.rzoo", "--tensors")
    #expect(tensors.text.contains("fc.weight") && !tensors.text.contains("conv1.weight"), "\(tensors.text)")
    #expect(try sandbox.run("merge", "delta.rzoo", "--output", "whole.rzoo").status == 0)
    #expect(try sandbox.run("verify", "whole.rzoo").status == 0)
  }

  @Test func `a head of two layers is trained and runs`() throws {
    let outcome = try sandbox.run(
      "finetune", "net.rzoo", "set", "--train", "fc", "--head", "mlp", "--epochs", "1", "--validation-split",
      "0", "--output", "out.rzoo")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try sandbox.run("evaluate", "out.rzoo", "set").status == 0)
  }

  @Test func `cached features give the same file`() throws {
    func finetune(_ output: String, _ more: String...) throws -> Outcome {
      try sandbox.run(
        [
          "finetune", "net.rzoo", "set", "--train", "fc", "--epochs", "3", "--validation", "set", "--output",
          output,
        ] + more)
    }
    func file(_ name: String) -> [UInt8] { readFile(sandbox.folder.file(name)) }
    let first = try finetune("first.rzoo", "--cache", "features", "--cache-views", "2")
    #expect(first.status == 0 && first.errors.contains("cache-views 2"), "\(first.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: sandbox.folder.file("features"))
    #expect(names.count { $0.hasSuffix(".data") } == 2)
    for more in [["--cache", "features"], ["--cache-limit", "0"], []] {
      let outcome = try sandbox.run(
        [
          "finetune", "net.rzoo", "set", "--train", "fc", "--epochs", "3", "--validation", "set", "--output",
          "second.rzoo", "--cache-views", "2", "--force",
        ] + more)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(!file("first.rzoo").isEmpty && file("second.rzoo") == file("first.rzoo"))
    }
    #expect(try finetune("other.rzoo", "--no-cache").status == 0)
    #expect(file("other.rzoo") != file("first.rzoo"))
    let origin = try #require(
      try sandbox.run("inspect", "first.rzoo", "--json").json["origin"] as? [String: Any])
    #expect(origin["source"] as? String == "net.rzoo" && origin["sha256"] == nil, "\(origin)")
  }

  @Test func `impossible options for cache and mixing are refused`() throws {
    expectFailure(try train("--no-cache", "--cache-type", "f16"), code: 64, saying: "--no-cache excludes")
    expectFailure(try train("--cache-limit", "-1"), code: 64, saying: "--cache-limit is -1")
    expectFailure(try train("--cache-views", "0"), code: 64, saying: "cached views is 0")
    expectFailure(try train("--cache-views", "3", "--no-augment"), code: 64, saying: "1 without augmentation")
    expectFailure(
      try train("--train", "fc", "--no-augment", "--cache", "net.rzoo"), code: 74, saying: "net.rzoo")
    expectFailure(try train("--mixup", "-1"), code: 64, saying: "mixup with -1")
    expectFailure(try train("--train", "fc", "--cutmix", "1"), code: 64, saying: "--cutmix", "--mixup")
    #expect(try train("--cutmix", "1", "--mixup", "0.2", "--epochs", "1").status == 0)
    let recipe = try sandbox.run("inspect", "out.rzoo", "--json").json["recipe"] as? [String: String]
    #expect(recipe?["cutmix"] == "1.0" && recipe?["mixup"] == "0.2")
  }

  @Test func `the range test prints its steps`() throws {
    let outcome = try sandbox.run(
      "lr-find", "set", "--from", "net.rzoo", "--batch", "2", "--steps", "20", "--format", "json", "--chart",
      "rates.svg")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect((try outcome.json["points"] as? [Any])?.count ?? 0 > 5)
    #expect(try outcome.json["suggestion"] == nil, "20 steps over 8 decades")
    let text = try sandbox.run(
      "lr-find", "set", "--from", "net.rzoo", "--batch", "2", "--steps", "20", "--last", "1e-5")
    #expect(text.text.contains("try --steps 40 or more"), "\(text.text)")
    #expect(String(decoding: readFile(sandbox.folder.file("rates.svg")), as: UTF8.self).hasPrefix("<svg"))
  }
}
