import ModelDescriptor
import Testing

@Suite struct PreprocessingTests {
  @Test func theDocumentedRecordIsRead() throws {
    let text = """
      {"input_size":[3,224,224],"resize":256,"crop":224,"crop_mode":"center","interpolation":"bilinear",
       "mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225]}
      """
    #expect(try Preprocessing(json: Array(text.utf8)) == .imageNet)
  }

  @Test func theFieldsOfAPresetSurviveTheModelsJSON() throws {
    for name in Preprocessing.presetNames {
      let record = try #require(Preprocessing.preset(named: name))
      let model = ModelDescriptor(
        architecture: try .preset(named: "resnet18", classes: 2), preprocessing: record, labels: ["a", "b"],
        origin: Origin(kind: .imported, source: "x.pth", license: "MIT"), metrics: ["acc@1": 0.5])
      #expect(
        try ModelDescriptor(architectureJSON: model.architectureJSON(), metadataJSON: model.metadataJSON())
          == model)
    }
  }

  @Test(arguments: [
    (#""input_size":[3,32,32],"mean":[0,0,0],"std":[1,1,0]"#, DescriptorError.Code.outOfRange, "std[2]"),
    (#""input_size":[3,32,32],"mean":[0,0],"std":[1,1,1]"#, .contradiction, "mean"),
    (#""input_size":[3,0,32],"mean":[0,0,0],"std":[1,1,1]"#, .outOfRange, "input_size[1]"),
    (#""input_size":[3,65536,65536],"mean":[0,0,0],"std":[1,1,1]"#, .outOfRange, "input_size"),
    (#""input_size":[3,4097,4096],"mean":[0,0,0],"std":[1,1,1]"#, .outOfRange, "input_size"),
    (#""input_size":[3,32],"mean":[0,0,0],"std":[1,1,1]"#, .outOfRange, "input_size"),
    (#""input_size":[3,32,32],"resize":40,"crop":31,"mean":[0,0,0],"std":[1,1,1]"#, .contradiction, "crop"),
    (#""input_size":[3,32,32],"resize":40,"mean":[0,0,0],"std":[1,1,1]"#, .contradiction, "crop"),
    (#""input_size":[3,32,32],"resize":-1,"crop":32,"mean":[0,0,0],"std":[1,1,1]"#, .outOfRange, "resize"),
    (#""input_size":[3,32,32],"mean":[0,0,0],"std":[1,1,1],"exif":"yes""#, .outOfRange, "exif"),
    (#""input_size":[3,32,32],"mean":[0,0,0],"std":[1,1,1],"size":1"#, .unknownField, "size"),
    (#""mean":[0,0,0],"std":[1,1,1]"#, .missingField, "input_size"),
    (
      #""input_size":[3,32,32],"mean":[0,0,0],"std":[1,1,1],"channel_order":"grb""#, .outOfRange,
      "channel_order"
    ),
    (
      #""input_size":[1,32,32],"mean":[0],"std":[1],"channel_order":"bgr""#, .contradiction, "channel_order"
    ),
  ])
  func anUnsoundFieldIsNamed(fields: String, code: DescriptorError.Code, field: String) {
    #expect(throws: DescriptorError(code, field: field, "")) {
      try Preprocessing(json: Array("{\(fields)}".utf8))
    }
  }

  @Test func theUsualOrderOfColoursLeavesARecordsBytes() throws {
    let model = ModelDescriptor(
      architecture: try .preset(named: "resnet18"), preprocessing: .imageNet,
      origin: Origin(kind: .untrained, seed: 1))
    #expect(try !String(decoding: model.metadataJSON(), as: UTF8.self).contains("channel_order"))
  }

  @Test func aNetworkWithoutAHeadHasNoLabels() throws {
    var net = try Architecture.preset(named: "resnet18")
    net.head = .none
    net.classes = 512
    var model = ModelDescriptor(
      architecture: net, preprocessing: .imageNet, origin: Origin(kind: .untrained, seed: 1))
    try model.validate()
    model.labels = Array(repeating: "a", count: 512)
    #expect(throws: DescriptorError(.contradiction, field: "labels", "")) { try model.validate() }
  }

  @Test func labelsMustMatchTheClasses() throws {
    let model = ModelDescriptor(
      architecture: try .preset(named: "resnet18", classes: 2), preprocessing: .imageNet, labels: ["a"],
      origin: Origin(kind: .untrained, seed: 1))
    #expect(throws: DescriptorError(.contradiction, field: "labels", "")) { try model.validate() }
  }

  @Test func imageNetHasAThousandNames() {
    #expect(ImageNetLabels.all.count == 1000)
    #expect(ImageNetLabels.all[281] == "tabby")
  }
}
