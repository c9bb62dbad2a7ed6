import Foundation
import ModelDescriptor
import Testing

/// `spec/metadata.schema.json` agrees with the metadata that is read and written.
@Suite struct MetadataSchemaTests {
  /// Metadata with every member.
  private static func everything() throws -> ModelDescriptor {
    var descriptor = ModelDescriptor(
      architecture: try .preset(named: "small_resnet18", classes: 2), preprocessing: .cifar10,
      labels: ["cat", "dog"],
      origin: Origin(kind: .imported, source: "x.pth", sha256: "00", license: "MIT", seed: .max),
      metrics: ["acc@1": 0.5],
      sourceNames: SourceNames(
        prefix: "module.", renamed: ["fc": "linear"], batchesTracked: [3], layouts: ["fc.weight": .pointwise]),
      assumptions: [Assumption("a", evidence: "b")])
    descriptor.preprocessing.channelOrder = .bgr
    descriptor.untrained = ["fc"]
    descriptor.recipe = ["optimizer": "sgd"]
    descriptor.notes = "A note."
    descriptor.trace = GoldenTrace(seed: .max, inputSize: [3, 32, 32], logits: [0.1, -3e-9])
    descriptor.calibration = Calibration(
      images: 16, listSHA256: "00", method: .percentile, correctsBiases: true, source: "val",
      kept: ["fc": "few"])
    descriptor.temperature = Temperature(value: 1.5, images: 12, source: "val")
    return descriptor
  }

  private static func text(_ descriptor: ModelDescriptor) throws -> String {
    String(decoding: try descriptor.metadataJSON(), as: UTF8.self)
  }

  private static func isRead(_ metadata: some Sequence<UInt8>) throws -> Bool {
    let architecture = try everything().architectureJSON()
    return
      (try? ModelDescriptor(architectureJSON: architecture, metadataJSON: Array(metadata))) != nil
  }

  @Test func whatIsWrittenFits() throws {
    let checker = try SchemaChecker("metadata")
    var descriptor = try Self.everything()
    #expect(try checker.accepts(Document(Self.text(descriptor).utf8)))
    for name in Preprocessing.presetNames {
      descriptor.preprocessing = try #require(.preset(named: name))
      #expect(try checker.accepts(Document(Self.text(descriptor).utf8)), "\(name)")
    }
  }

  /// The schema has the members that are written, and no more.
  @Test(arguments: [
    [], ["preprocessing"], ["origin"], ["source_names"], ["assumptions"], ["trace"],
    ["calibration"], ["temperature"],
  ])
  func membersAreTheOnesOfTheSchema(path: [String]) throws {
    var document = try Document(Self.text(Self.everything()).utf8)
    for name in path { document = try #require(document[name]) }
    if case .list(let items) = document { document = try #require(items.first) }
    guard case .object(let members) = document else {
      Issue.record("\(document)")
      return
    }
    #expect(try SchemaChecker("metadata").members(of: path) == Set(members.keys))
  }

  /// Metadata of which a part is replaced by one that is no such member, or no value of it.
  @Test(arguments: [
    (#""kind":"imported""#, #""kind":"found""#), (#""seed":18446744073709551615}"#, #""seed":-1}"#),
    (#""seed":18446744073709551615}"#, #""seed":1.5}"#), (#""source":"x.pth""#, #""source":1"#),
    (#""source":"x.pth""#, #""from":"x.pth""#), (#""labels":["cat","dog"]"#, #""labels":["cat",""]"#),
    (#""labels":["cat","dog"]"#, #""labels":"cat""#), (#""acc@1":0.5"#, #""acc@1":"high""#),
    (#""what":"a""#, #""why":"a""#), (#""optimizer":"sgd""#, #""optimizer":1"#),
    (#""notes":"A note.""#, #""notes":[]"#),
    (#""fc.weight":"pointwise""#, #""fc.weight":"other""#),
    (#""batches_tracked":[3]"#, #""batches_tracked":3"#),
    (#""prefix":"module.""#, #""prefix":null,"suffix":"""#),
    (#""channel_order":"bgr""#, #""channel_order":"grb""#),
    (#""resize":null"#, #""resize":0"#), (#""crop_mode":"center""#, #""crop_mode":"cut""#),
    (#""input_size":[3,32,32],"interpolation""#, #""input_size":[3,32],"interpolation""#),
    (#""untrained":["fc"]"#, #""untrained":"fc""#), (#""exif":"apply""#, #""exif":true"#),
    (#""images":16"#, #""images":0"#), (#""method":"percentile""#, #""method":"max""#),
    (#""images":16"#, #""images":1000000001"#), (#""kept":{"fc":"few"}"#, #""kept":{"fc":1}"#),
    (#""images":12"#, #""images":0"#), (#""value":1.5"#, #""value":0"#), (#""value":1.5"#, #""value":100.5"#),
    (#""value":1.5"#, #""value":"1.5""#), (#""value":1.5"#, #""number":1.5"#),
    (#""bias_correction":true"#, #""bias_correction":1"#), (#""list_sha256":"00""#, #""list":"00""#),
  ])
  func whatIsRefusedDoesNotFit(sound: String, unsound: String) throws {
    let text = try Self.text(Self.everything())
    let checker = try SchemaChecker("metadata")
    try #require(text.contains(sound), "\(text)")
    #expect(try checker.accepts(Document(text.utf8)) && Self.isRead(text.utf8))
    let changed = text.replacingOccurrences(of: sound, with: unsound)
    #expect(try !checker.accepts(Document(changed.utf8)), "\(changed)")
    #expect(try !Self.isRead(changed.utf8), "\(changed)")
  }

  @Test func furtherMembersStandInTheOutermostObjectAlone() throws {
    let text = #"{"later":[{"of":null}],"# + (try Self.text(Self.everything())).dropFirst()
    #expect(try SchemaChecker("metadata").accepts(Document(text.utf8)) && Self.isRead(text.utf8))
  }
}
