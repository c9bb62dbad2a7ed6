import Exporters
import Foundation
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing

/// The operators of the family's variants; `tools/compare/compare_onnx.py` asks ONNX Runtime for their logits.
@Suite struct ONNXVariantTests {
  private func exported(_ model: Model, folding: Bool = false) throws -> ONNXFile {
    let folder = TemporaryFolder()
    try model.exportONNX(to: folder.file("x.onnx"), folding: folding)
    return try ONNXFile(folder.file("x.onnx"))
  }

  /// A net of a 3×3 stem and two stages of one basic block.
  private func model(_ change: (inout Architecture) -> Void) throws -> Model {
    var architecture = try Architecture.preset(named: "small_resnet18", classes: 3)
    architecture.name = nil
    architecture.stages = Array(architecture.stages.prefix(2))
    for index in architecture.stages.indices {
      architecture.stages[index].blocks = 1
      architecture.stages[index].width = 4 * (index + 1)
    }
    architecture.stem.widths = [4]
    change(&architecture)
    return try Model(untrained: architecture, seed: 1)
  }

  private func step(_ name: String, of file: ONNXFile) throws -> ONNXFile.Step {
    try #require(file.steps.first { $0.name == name }, "\(name) of \(file.steps.map(\.name))")
  }

  @Test func groupNormIsInstanceNormOfReshapedChannels() throws {
    let file = try exported(
      model { $0.normalization = Architecture.Normalization(kind: .group(groups: 2), epsilon: 1e-3) })
    #expect(file.kinds["BatchNormalization"] == nil)
    #expect(
      file.steps[1...5].map(\.kind) == ["Reshape", "InstanceNormalization", "Reshape", "Mul", "Add"])
    #expect(file.steps[1].inputs == ["conv1", "bn1.split_shape"])
    #expect(file.integers("bn1.split_shape") == [0, 2, -1, 0])
    #expect(file.steps[2].inputs == ["bn1.split", "bn1.ones", "bn1.zeros"])
    #expect(file.steps[2].attributes == ["epsilon": "[0.001]"])
    #expect(file.floats("bn1.ones") == [1, 1])
    #expect(file.floats("bn1.zeros") == [0, 0])
    #expect(file.steps[3].inputs == ["bn1.normalized", "bn1.joined_shape"])
    #expect(file.integers("bn1.joined_shape") == [0, 4, -1, 0])
    #expect(file.steps[4].inputs == ["bn1.joined", "bn1.weight"])
    #expect(file.steps[5].inputs == ["bn1.scaled", "bn1.bias"])
    #expect(file.steps[5].outputs == ["bn1"])
    #expect(file.constants["bn1.weight"]?.dimensions == [4, 1, 1])
    #expect(file.constants["bn1.bias"]?.dimensions == [4, 1, 1])
  }

  @Test func instanceNormIsOneOperator() throws {
    let affine = try exported(model { $0.normalization.kind = .instance(affine: true) })
    #expect(affine.steps[1].kind == "InstanceNormalization")
    #expect(affine.steps[1].inputs == ["conv1", "bn1.weight", "bn1.bias"])
    let plain = try exported(model { $0.normalization.kind = .instance(affine: false) })
    #expect(plain.steps[1].inputs == ["conv1", "bn1.ones", "bn1.zeros"])
    #expect(plain.floats("bn1.ones") == [1, 1, 1, 1])
    #expect(plain.floats("bn1.zeros") == [0, 0, 0, 0])
  }

  @Test func aNetworkWithoutAHeadEndsInFlatFeatures() throws {
    let file = try exported(
      model {
        $0.head = .none
        $0.classes = 8
      })
    #expect(file.steps.suffix(2).map(\.kind) == ["GlobalAveragePool", "Flatten"])
    #expect(file.steps.last?.outputs == ["logits"])
  }

  @Test func aGateOfConvolutionsIsOnePixelAllTheWay() throws {
    let file = try exported(
      model { $0.attention = .squeezeExcitation(innerChannels: [2, 2], bias: true, layers: .convolution) })
    let path = "layer1.0.se"
    #expect(
      try step("\(path).fc1", of: file)
        == ONNXFile.Step(
          kind: "Conv", name: "\(path).fc1",
          inputs: ["\(path).squeeze", "\(path).fc1.weight", "\(path).fc1.bias"], outputs: ["\(path).fc1"],
          attributes: ["kernel_shape": "[1, 1]"]))
    #expect(file.constants["\(path).fc1.weight"]?.dimensions == [2, 4, 1, 1])
    #expect(try step("\(path).sigmoid", of: file).kind == "Sigmoid")
    #expect(try step("\(path).scale", of: file).inputs == ["layer1.0.bn2", "\(path).sigmoid"])
    #expect(file.kinds["Flatten"] == 1)
    #expect(file.kinds["Unsqueeze"] == nil)
  }

  @Test func aGateOfProductsIsFlattenedAndUnflattened() throws {
    let file = try exported(
      model { $0.attention = .squeezeExcitation(innerChannels: [2, 2], bias: false, layers: .linear) })
    let path = "layer1.0.se"
    #expect(try step("\(path).squeeze.flat", of: file).kind == "Flatten")
    #expect(
      try step("\(path).fc1", of: file).inputs == ["\(path).squeeze.flat", "\(path).fc1.weight"])
    #expect(try step("\(path).fc2", of: file).inputs == ["\(path).relu", "\(path).fc2.weight"])
    #expect(
      try step("\(path).scale.gate", of: file).inputs == ["\(path).sigmoid", "\(path).scale.axes"])
    #expect(file.integers("\(path).scale.axes") == [2, 3])
    #expect(
      try step("\(path).scale", of: file).inputs == ["layer1.0.bn2", "\(path).scale.gate"])
    #expect(try step("\(path).scale", of: file).kind == "Mul")
  }

  @Test func channelsAreConvolvedAsARow() throws {
    let file = try exported(model { $0.attention = .efficient(kernels: [3, 5]) })
    let path = "layer2.0.se.conv"
    #expect(try step("\(path).row", of: file).inputs == ["layer2.0.se.squeeze", "\(path).row_shape"])
    #expect(file.integers("\(path).row_shape") == [0, 1, -1])
    #expect(
      try step("\(path).convolved", of: file).attributes == ["kernel_shape": "[5]", "pads": "[2, 2]"])
    #expect(file.constants["\(path).weight"]?.dimensions == [1, 1, 5])
    #expect(file.integers("\(path).column_shape") == [0, -1, 1, 1])
    #expect(try step(path, of: file).inputs == ["\(path).convolved", "\(path).column_shape"])
  }

  @Test func anAveragePoolLeavesPixelsBeyondTheEdgeOut() throws {
    let file = try exported(model { $0.shortcut = .averagePoolProjection })
    #expect(
      try step("layer2.0.downsample.0", of: file).attributes == [
        "kernel_shape": "[2, 2]", "strides": "[2, 2]", "pads": "[0, 0, 1, 1]", "count_include_pad": "[0]",
      ])
  }

  @Test func anAveragePoolOfADilatedStageCountsZeros() throws {
    let file = try exported(
      model {
        $0.shortcut = .averagePoolProjection
        $0.stages[1].stride = 1
        $0.stages[1].dilation = 2
      })
    #expect(
      try step("layer2.0.downsample.0", of: file).attributes == [
        "kernel_shape": "[2, 2]", "strides": "[1, 1]", "pads": "[0, 0, 1, 1]", "count_include_pad": "[1]",
      ])
  }

  @Test func anAveragePoolInPlaceOfAStrideHasNoPadding() throws {
    let file = try exported(model { $0.antialias = .averagePool })
    #expect(
      try step("layer2.0.aa", of: file).attributes == [
        "kernel_shape": "[2, 2]", "strides": "[2, 2]", "pads": "[0, 0, 0, 0]", "count_include_pad": "[0]",
      ])
  }

  @Test func aBlurIsAConvolutionOfTheReflectedInput() throws {
    let file = try exported(model { $0.antialias = .blur })
    let path = "layer2.0.aa"
    let padded = try step("\(path).padded", of: file)
    #expect(padded.kind == "Pad")
    #expect(padded.attributes == ["mode": "reflect"])
    #expect(file.integers("\(path).pads") == [0, 0, 1, 1, 0, 0, 1, 1])
    let blur = try step(path, of: file)
    #expect(blur.inputs == ["\(path).padded", "\(path).filter"])
    #expect(
      blur.attributes == ["kernel_shape": "[3, 3]", "strides": "[2, 2]", "group": "[8]"])
    #expect(file.constants["\(path).filter"]?.dimensions == [8, 1, 3, 3])
    let filter = [1, 2, 1, 2, 4, 2, 1, 2, 1].map { Float($0) / 16 }
    #expect(file.floats("\(path).filter") == Array(repeating: filter, count: 8).flatMap(\.self))
  }

  @Test func aPartialMaxPoolHasPaddingBehindItsPixels() throws {
    let file = try exported(
      model {
        $0.stem.pool = true
        $0.stem.poolKind = .maxPartial
      })
    #expect(
      try step("maxpool", of: file).attributes == [
        "kernel_shape": "[3, 3]", "strides": "[2, 2]", "pads": "[0, 0, 1, 1]",
      ])
  }

  @Test func zerosAroundAMaxPoolArePutThere() throws {
    let file = try exported(
      model {
        $0.stem.pool = true
        $0.stem.poolKind = .maxZeroPadded
      })
    #expect(try step("maxpool.padded", of: file).attributes.isEmpty)
    #expect(file.integers("maxpool.pads") == [0, 0, 1, 1, 0, 0, 1, 1])
    #expect(try step("maxpool.kept", of: file).inputs == ["maxpool.padded", "maxpool.lowest"])
    #expect(file.floats("maxpool.lowest") == [-Float.greatestFiniteMagnitude])
    let pool = try step("maxpool", of: file)
    #expect(pool.inputs == ["maxpool.kept"])
    #expect(pool.attributes["pads"] == "[0, 0, 0, 0]")
  }

  @Test(arguments: [(Architecture.GlobalPool.averageMax, "Mean"), (.concatenated, "Concat")])
  func twoPoolsAreJoined(pool: Architecture.GlobalPool, kind: String) throws {
    let file = try exported(model { $0.globalPool = pool })
    #expect(try step("globalpool.max", of: file).kind == "GlobalMaxPool")
    let join = try step("globalpool", of: file)
    #expect(join.kind == kind)
    #expect(join.inputs == ["globalpool.avg", "globalpool.max"])
    #expect(join.attributes == (kind == "Concat" ? ["axis": "[1]"] : [:]))
    #expect(try step("fc", of: file).inputs.first == "globalpool.flat")
  }

  @Test func standardisedWeightsAreWrittenAndSaidToBe() throws {
    let model = try model { $0.weightStandardization = 1e-6 }
    let folder = TemporaryFolder()
    let report = try model.exportONNX(to: folder.file("x.onnx"))
    let file = try ONNXFile(folder.file("x.onnx"))
    #expect(report.notes.count == 1)
    #expect(file.document.text(6)?.contains("standardised") == true)
    let own = model.parameter("conv1.weight").floats
    let written = file.floats("conv1.weight")
    #expect(written.count == own.count)
    for start in stride(from: 0, to: written.count, by: 27) {
      let values = (start..<start + 27).map { Double(own[$0]) }
      let mean = values.reduce(0, +) / 27
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 27
      for (index, value) in values.enumerated() {
        let expected = (value - mean) / (variance + 1e-6).squareRoot()
        // One rounding to float32.
        #expect(abs(Double(written[start + index]) - expected) <= max(abs(expected), 1e-3) * 0x1p-23)
      }
    }
  }

  @Test func aFoldedConvolutionKeepsItsOwnBias() throws {
    let plain = try model { $0.convolutionBias = .all }
    var parameters = plain.parameters
    parameters["conv1.bias"] = Tensor(shape: [4], floats: [1, -2, 3, 0.5])
    parameters["bn1.weight"] = Tensor(shape: [4], floats: [2, 3, -1, 1])
    parameters["bn1.running_mean"] = Tensor(shape: [4], floats: [0.5, 0, 1, 0])
    let model = try Model(descriptor: plain.descriptor, parameters: parameters)
    #expect(try exported(model).floats("conv1.bias") == [1, -2, 3, 0.5])
    let folded = try exported(model, folding: true)
    #expect(folded.kinds["BatchNormalization"] == nil)
    // (bias - mean) · weight, the variance being 1 and epsilon 1e-5.
    for (value, expected) in zip(folded.floats("conv1.bias"), [1, -6, -2, 0.5] as [Float]) {
      #expect(abs(value - expected) <= 1e-5 * abs(expected))
    }
    #expect(folded.floats("conv1.bias").count == 4)
  }

  /// `../InferenceTests/Fixtures/variants.json`, made by `tools/fixtures/make_variant_fixtures.py`.
  @Test(arguments: [false, true])
  func operatorsOfEveryKnobReadWhatIsThereAlready(folding: Bool) throws {
    struct Case: Decodable { var descriptor: Architecture }
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let cases = try JSONDecoder().decode(
      [Case].self,
      from: Data(contentsOf: tests.appending(path: "InferenceTests/Fixtures/variants.json")))
    #expect(cases.count > 20)
    for (net, fixture) in cases.enumerated() {
      let file = try exported(Model(untrained: fixture.descriptor, seed: 1), folding: folding)
      var values: Set = ["input"]
      for step in file.steps {
        for input in step.inputs {
          #expect(
            values.contains(input) != (file.constants[input] != nil),
            "net \(net): \(step.name) reads \(input)")
        }
        for output in step.outputs { #expect(values.insert(output).inserted, "net \(net): \(output) twice") }
      }
      #expect(file.steps.last?.outputs == ["logits"], "net \(net)")
      #expect(Set(file.steps.map(\.name)).count == file.steps.count, "net \(net)")
      #expect(Set(file.steps.flatMap(\.inputs)).isSuperset(of: file.constants.keys), "net \(net)")
    }
  }
}
