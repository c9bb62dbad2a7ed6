import Exporters
import Files
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing
import WeightTestSupport

/// What is in an exported ONNX file; `tools/compare/compare_onnx.py` asks ONNX's checker and ONNX Runtime.
@Suite struct ONNXExportTests {
  private func exported(_ model: Model, folding: Bool = false) throws -> ONNXFile {
    let folder = TemporaryFolder()
    try model.exportONNX(to: folder.file("x.onnx"), folding: folding, producerVersion: "7.8.9")
    return try ONNXFile(folder.file("x.onnx"))
  }

  private func untrained(_ name: String) throws -> Model {
    try Model(untrained: try Architecture.preset(named: name, classes: 10), seed: 1)
  }

  @Test func theFileSaysWhatItIs() throws {
    let model = try Specimen.model()
    let file = try exported(model)
    #expect(file.document.integers(1) == [8])
    #expect(file.document.text(2) == "reszoo")
    #expect(file.document.text(3) == "7.8.9")
    let operators = try file.document.messages(8)
    #expect(operators.map { $0.integers(2) } == [[17]])
    #expect(file.properties["reszoo.labels"] == #"["ant","bee","cat"]"#)
    #expect(file.properties["model_license"] == "CC0-1.0")
    #expect(
      try Architecture(json: Array((file.properties["reszoo.architecture"] ?? "").utf8))
        == model.descriptor.architecture)
    #expect(
      try Preprocessing(json: Array((file.properties["reszoo.preprocessing"] ?? "").utf8))
        == model.descriptor.preprocessing)
    #expect(file.properties["reszoo.origin"]?.contains("tiny.pth") == true)
    #expect(file.properties["format"] == nil)
  }

  @Test func aPresetIsSpelledOut() throws {
    let model = try untrained("cifar_plain20")
    let text = try exported(model).properties["reszoo.architecture"] ?? ""
    #expect(try Architecture(json: Array(text.utf8)) == model.descriptor.architecture)
  }

  @Test func batchHeightAndWidthAreFree() throws {
    let file = try exported(Specimen.model())
    #expect(try file.document.message(7, 11).text(1) == "input")
    #expect(try file.dimensions(11) == ["N", "[3]", "H", "W"])
    #expect(try file.document.message(7, 12).text(1) == "logits")
    #expect(try file.dimensions(12) == ["N", "[3]"])
  }

  @Test func constantsAreTheWeightsByTheirNames() throws {
    let model = try Specimen.model()
    let constants = try exported(model).constants.filter { $0.value.type == 1 }
    #expect(Set(constants.keys) == Set(model.parameters.keys))
    for (name, tensor) in model.parameters {
      #expect(constants[name]?.data == Array(copying: tensor.bytes), "\(name)")
      #expect(constants[name]?.dimensions == tensor.shape.dimensions.map { Int64($0) }, "\(name)")
    }
  }

  @Test func everyNodeIsAnOperator() throws {
    let steps = try exported(Specimen.model()).steps
    #expect(steps[0].kind == "Conv")
    #expect(steps[0].inputs == ["input", "conv1.weight"])
    #expect(steps[0].outputs == ["conv1"])
    #expect(
      steps[0].attributes == [
        "kernel_shape": "[3, 3]", "strides": "[1, 1]", "pads": "[1, 1, 1, 1]", "dilations": "[1, 1]",
        "group": "[1]",
      ])
    #expect(
      steps[1]
        == ONNXFile.Step(
          kind: "BatchNormalization", name: "bn1",
          inputs: ["conv1", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var"],
          outputs: ["bn1"], attributes: ["epsilon": "[1e-05]"]))
    #expect(
      steps.suffix(4).map(\.kind) == ["Relu", "GlobalAveragePool", "Flatten", "Gemm"])
    #expect(
      steps.last
        == ONNXFile.Step(
          kind: "Gemm", name: "fc", inputs: ["avgpool.flat", "fc.weight", "fc.bias"], outputs: ["logits"],
          attributes: ["transB": "[1]"]))
  }

  @Test func aZeroPaddedShortcutIsSlicedAndPadded() throws {
    let file = try exported(Specimen.model())
    let position = try #require(file.steps.firstIndex { $0.kind == "Slice" })
    let path = "layer2.0.shortcut"
    #expect(
      file.steps[position].inputs
        == ["layer1.0.relu", "\(path).starts", "\(path).ends", "\(path).axes", "\(path).steps"])
    #expect(file.integers("\(path).starts") == [0, 0])
    #expect(file.integers("\(path).ends") == [.max, .max])
    #expect(file.integers("\(path).axes") == [2, 3])
    #expect(file.integers("\(path).steps") == [2, 2])
    #expect(file.steps[position + 1].inputs == file.steps[position].outputs + ["\(path).pads"])
    #expect(file.integers("\(path).pads") == [0, 1, 0, 0, 0, 1, 0, 0])
  }

  @Test(arguments: ["cifar_resnet20", "cifar_plain20", "small_resnet18", "resnet18"], [false, true])
  func operatorsReadWhatIsThereAlready(name: String, folding: Bool) throws {
    let file = try exported(untrained(name), folding: folding)
    var values: Set = ["input"]
    for step in file.steps {
      for input in step.inputs {
        #expect(values.contains(input) != (file.constants[input] != nil), "\(step.name) reads \(input)")
      }
      for output in step.outputs { #expect(values.insert(output).inserted, "\(output) twice") }
    }
    #expect(values.contains("logits"))
    #expect(Set(file.steps.map(\.name)).count == file.steps.count)
    #expect(Set(file.steps.flatMap(\.inputs)).isSuperset(of: file.constants.keys))
  }

  @Test func operatorsAreThoseOfTheGraph() throws {
    #expect(
      try exported(untrained("resnet18")).kinds == [
        "Conv": 20, "BatchNormalization": 20, "Relu": 17, "MaxPool": 1, "Add": 8, "GlobalAveragePool": 1,
        "Flatten": 1, "Gemm": 1,
      ])
    #expect(
      try exported(untrained("cifar_plain20"), folding: true).kinds
        == ["Conv": 19, "Relu": 19, "GlobalAveragePool": 1, "Flatten": 1, "Gemm": 1])
  }

  @Test func groupsAndDilationsAreKept() throws {
    var architecture = try Architecture.preset(named: "resnext50_32x4d", classes: 2)
    architecture.stages = architecture.stages.dropLast(2)
    architecture.stages[1].stride = 1
    architecture.stages[1].dilation = 2
    let steps = try exported(Model(untrained: architecture, seed: 1)).steps
    let step = try #require(steps.first { $0.name == "layer2.1.conv2" })
    #expect(step.attributes["group"] == "[32]")
    #expect(step.attributes["dilations"] == "[2, 2]")
    #expect(step.attributes["pads"] == "[2, 2, 2, 2]")
    #expect(
      steps.first { $0.kind == "MaxPool" }?.attributes == [
        "kernel_shape": "[3, 3]", "strides": "[2, 2]", "pads": "[1, 1, 1, 1]",
      ])
  }

  @Test func aHeadOfSeveralLayersIsFlattenedOnce() throws {
    var architecture = try Specimen.model().descriptor.architecture
    architecture.head = .multilayer(widths: [5, 6], dropout: [0, 0, 0])
    let steps = try exported(Model(untrained: architecture, seed: 1)).steps
    #expect(
      steps.suffix(6).map(\.kind) == ["Flatten", "Gemm", "Relu", "Gemm", "Relu", "Gemm"])
    #expect(steps.last?.inputs == ["fc.5", "fc.7.weight", "fc.7.bias"])
  }

  @Test func aFoldedConvolutionDoesTheNormsWork() throws {
    let model = try Specimen.model()
    let file = try exported(model, folding: true)
    #expect(file.kinds["BatchNormalization"] == nil)
    #expect(
      file.steps.filter { $0.kind == "Conv" }.allSatisfy { $0.inputs.count == 3 })
    #expect(file.steps[1].inputs == ["conv1"])
    func values(_ name: String) -> [Double] {
      let floats = model.parameter(name).floats
      return floats.indices.map { Double(floats[$0]) }
    }
    let weights = values("conv1.weight")
    let variance = values("bn1.running_var")
    let folded = file.floats("conv1.weight")
    #expect(folded.count == weights.count)
    for index in weights.indices {
      let channel = index / 27
      let expected =
        weights[index] * values("bn1.weight")[channel] / (variance[channel] + 1e-5).squareRoot()
      // One rounding to float32.
      #expect(abs(Double(folded[index]) - expected) <= abs(expected) * 0x1p-23)
    }
    let biases = file.floats("conv1.bias")
    #expect(biases.count == 2)
    for channel in biases.indices {
      let expected =
        values("bn1.bias")[channel] - values("bn1.running_mean")[channel] * values("bn1.weight")[channel]
        / (variance[channel] + 1e-5).squareRoot()
      #expect(abs(Double(biases[channel]) - expected) <= max(abs(expected), 1e-3) * 0x1p-23)
    }
  }

  @Test func theSameModelGivesTheSameBytes() throws {
    let folder = TemporaryFolder()
    for name in ["a", "b"] {
      try Specimen.model().exportONNX(to: folder.file(name + ".onnx"))
    }
    #expect(readFile(folder.file("a.onnx")) == readFile(folder.file("b.onnx")))
  }

  @Test func aFileBeyondTheLimitIsRefusedAndNotWritten() throws {
    let folder = TemporaryFolder()
    let model = try Specimen.model()
    let size = try model.exportONNX(to: folder.file("x.onnx")).byteCount
    #expect(size == readFile(folder.file("x.onnx")).count)
    for limit in [1000, size] {
      let error = #expect(throws: ExportError.self) {
        try model.exportONNX(
          to: folder.file("y.onnx"), folding: false, producerVersion: "", byteLimit: limit)
      }
      guard case .tooLarge(let message)? = error else {
        Issue.record("\(error.map(\.description) ?? "")")
        return
      }
      #expect(message.contains("safetensors"))
    }
    #expect(folder.names == ["x.onnx"])
  }

  @Test func aFileThatCannotBeWrittenIsAFileError() throws {
    let folder = TemporaryFolder()
    for (path, code) in [
      (folder.file("nowhere/x.onnx"), FileError.Code.folderNotFound), (folder.path, .notARegularFile),
    ] {
      let error = #expect(throws: ExportError.self) { try Specimen.model().exportONNX(to: path) }
      guard case .file(let error)? = error else { continue }
      #expect(error.code == code)
    }
  }
}
