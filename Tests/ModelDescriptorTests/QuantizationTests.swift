import ModelDescriptor
import Testing

/// The record of a quantized network: its JSON, and an error that names the member at fault.
@Suite struct QuantizationTests {
  static let net = Architecture(
    stem: .conv3x3(width: 4), stages: [.init(blocks: 1, width: 4, stride: 1)], block: .basic, classes: 3,
    quantization: Quantization(
      maps: [
        "input": .init(scale: 0.015625, zeroPoint: 128), "relu": .init(scale: 0.1, zeroPoint: 0),
        "layer1.0.relu1": .init(scale: 1e-30, zeroPoint: 255),
        "layer1.0.relu": .init(scale: 1e30, zeroPoint: 1),
        "avgpool": .init(scale: 0.0123456789, zeroPoint: 0),
      ],
      layers: ["conv1", "layer1.0.conv1", "layer1.0.conv2", "fc"]))

  private func text(_ record: String) -> [UInt8] {
    Array(
      """
      {"stem":{"kind":"conv3x3","widths":[4],"pool":false},"stages":[{"blocks":1,"width":4,"stride":1}],
      "block":"basic","classes":3,"quantization":\(record)}
      """.utf8)
  }

  @Test func `it survives its JSON to the bit, in as few digits as that takes`() throws {
    let json = try Self.net.json()
    #expect(try Architecture(json: json) == Self.net)
    let text = String(decoding: json, as: UTF8.self)
    for part in [
      #""layers":["conv1","layer1.0.conv1","layer1.0.conv2","fc"]"#, #""relu":{"scale":0.1,"zero_point":0}"#,
      #""scale":0.012345679"#, #""input":{"scale":0.015625,"zero_point":128}"#,
    ] {
      #expect(text.contains(part), "\(text)")
    }
    var plain = Self.net
    plain.quantization = nil
    #expect(try !String(decoding: plain.json(), as: UTF8.self).contains("quantization"))
    #expect(plain != Self.net)
  }

  @Test func `scales are rounded to binary32 after they were held against the bounds`() throws {
    func record(_ scale: String) -> [UInt8] {
      text(#"{"maps":{"input":{"scale":\#(scale),"zero_point":0}},"layers":["conv1"]}"#)
    }
    let third = try Architecture(json: record("0.33333333333333331"))
    #expect(third.quantization?.maps["input"]?.scale == Float(1) / 3)
    for sound in ["1e-30", "1e30", "1", "3e-1"] { _ = try Architecture(json: record(sound)) }
    for unsound in ["0", "-0.0", "-1", "9.9999999999e-31", "1.0000000001e30", "1e300", "1e-300"] {
      let error = #expect(throws: DescriptorError.self) { try Architecture(json: record(unsound)) }
      #expect(error?.field == "quantization.maps.input.scale" && error?.code == .outOfRange, "\(unsound)")
    }
  }

  @Test(arguments: [
    ("1", "quantization"), (#"{"layers":["fc"]}"#, "quantization.maps"),
    (#"{"maps":{}}"#, "quantization.layers"),
    (#"{"maps":{},"layers":["fc"],"bits":8}"#, "quantization.bits"),
    (#"{"maps":{},"layers":[]}"#, "quantization.layers"),
    (#"{"maps":{"3":1},"layers":["fc"]}"#, "quantization.maps.3"),
    (#"{"maps":{"a":null},"layers":["fc"]}"#, "quantization.maps.a"),
    (#"{"maps":{"a":{"scale":1}},"layers":["fc"]}"#, "quantization.maps.a.zero_point"),
    (#"{"maps":{"a":{"scale":"NaN","zero_point":1}},"layers":["fc"]}"#, "quantization.maps.a.scale"),
    (#"{"maps":{"a":{"scale":1,"zero_point":256}},"layers":["fc"]}"#, "quantization.maps.a.zero_point"),
    (#"{"maps":{"a":{"scale":1,"zero_point":-1}},"layers":["fc"]}"#, "quantization.maps.a.zero_point"),
    (#"{"maps":{"a":{"scale":1,"zero_point":0.5}},"layers":["fc"]}"#, "quantization.maps.a.zero_point"),
    (#"{"maps":{},"layers":["fc",1]}"#, "quantization.layers[1]"),
  ])
  func `an unsound record is refused by its member`(record: String, field: String) {
    let error = #expect(throws: DescriptorError.self) { try Architecture(json: text(record)) }
    #expect(error?.field == field, "\(String(describing: error))")
  }

  @Test func `a name twice is no document`() {
    let map = #"{"scale":1,"zero_point":0}"#
    let record = text(#"{"maps":{"input":\#(map),"inp\u0075t":\#(map)},"layers":["conv1"]}"#)
    #expect(throws: DescriptorError.self) { try Architecture(json: record) }
  }

  @Test(arguments: [Float.nan, .infinity, 0, -1, 1e-38, 1e38])
  func `a writer is held to the same scales`(scale: Float) {
    var net = Self.net
    net.quantization?.maps["relu"]?.scale = scale
    let error = #expect(throws: DescriptorError.self) { try net.validate() }
    #expect(error?.field == "quantization.maps.relu.scale")
  }

  @Test func `a calibration keeps what it says`() throws {
    var descriptor = ModelDescriptor(
      architecture: Self.net, preprocessing: Preprocessing.usual(for: Self.net).record,
      origin: Origin(kind: .trained))
    descriptor.calibration = Calibration(images: 5, method: .meanOfExtremes)
    let metadata = try descriptor.metadataJSON()
    #expect(
      String(decoding: metadata, as: UTF8.self).contains(
        #""calibration":{"images":5,"method":"minmax_mean"}"#))
    let copy = try ModelDescriptor(architectureJSON: descriptor.architectureJSON(), metadataJSON: metadata)
    #expect(copy == descriptor && copy.unknownMetadata.isEmpty)
    descriptor.calibration?.images = 0
    let error = #expect(throws: DescriptorError.self) { try descriptor.validate() }
    #expect(error?.field == "calibration.images" && error?.document == .metadata)
  }
}
