import ResZoo
import TestSupport
import Testing

/// Fine-tuning from Swift beside the command's.
@Suite struct SwiftFinetuningTests {
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
    for label in ["ant", "bee", "cat"] {
      for number in 5..<8 { sandbox.addImage("photo.jpg", as: "set/\(label)/\(number).jpg") }
    }
  }

  @Test func fewLinesMakeTheFileOfTheCommand() throws {
    let (base, folder) = (sandbox.folder.file("net.rzoo"), sandbox.folder.file("set"))
    let (output, cache) = (sandbox.folder.file("swift.rzoo"), sandbox.folder.file("features"))

    let model = try Model(contentsOf: base)
    let images = try ImageSet(path: folder)
    let tuned = try model.finetuned(on: images) { $0.cache?.folder = cache }
    try tuned.model.write(to: output)

    let outcome = try sandbox.run(
      "finetune", "net.rzoo", "set", "--output", "command.rzoo", "--cache", "features")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let file = readFile(output)
    #expect(!file.isEmpty && file == readFile(sandbox.folder.file("command.rzoo")))
    #expect(tuned.summary.records.count > 1)
  }

  @Test func otherClassesGetANewHeadAsFromTheCommand() throws {
    _ = sandbox.folder.makeFolder("set/dog")
    for number in 1..<3 { sandbox.addImage("photo.jpg", as: "set/dog/\(number).jpg") }
    let model = try Model(contentsOf: sandbox.folder.file("net.rzoo"))
    let images = try ImageSet(path: sandbox.folder.file("set"))
    let fc = try LayerSelection("fc")
    let tuned = try model.finetuned(on: images, head: .mlp, seed: 7) { options in
      options.epochs = 2
      options.selection = fc
      options.cache = nil
    }
    #expect(tuned.model.descriptor.labels == ["ant", "bee", "cat", "dog"])
    try tuned.model.write(to: sandbox.folder.file("swift.rzoo"))
    let outcome = try sandbox.run(
      "finetune", "net.rzoo", "set", "--output", "command.rzoo", "--no-cache", "--head", "mlp", "--seed", "7",
      "--epochs", "2", "--train", "fc")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      readFile(sandbox.folder.file("swift.rzoo")) == readFile(sandbox.folder.file("command.rzoo")))
  }

  @Test func aNewHeadMustTrain() throws {
    _ = sandbox.folder.makeFolder("set/dog")
    for number in 1..<3 { sandbox.addImage("photo.jpg", as: "set/dog/\(number).jpg") }
    let model = try Model(contentsOf: sandbox.folder.file("net.rzoo"))
    let images = try ImageSet(path: sandbox.folder.file("set"))
    let layer1 = try LayerSelection("layer1")
    let error = #expect(throws: TrainingError.self) {
      try model.finetuned(on: images) { $0.selection = layer1 }
    }
    #expect(error?.code == .selection)
  }
}
