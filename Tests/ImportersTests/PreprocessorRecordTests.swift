import ModelDescriptor
import Testing

@testable import Importers

/// The preparation of images as transformers' image processors describe it.
@Suite struct PreprocessorRecordTests {
  private func preprocessing(_ json: String) throws -> Preprocessing {
    try PreprocessorRecord(
      RecordValue(value: try JSON.decode(JSONValue.self, from: Array(json.utf8)), path: "")
    ).preprocessing()
  }

  private static let half = #""image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25]"#
  private static let gray = [0.5, 0.5, 0.5]
  private static let quarter = [0.25, 0.25, 0.25]

  @Test(arguments: [
    // The ResNets' own processor resizes by a fraction up to 383 pixels, and warps from 384 on.
    (#""feature_extractor_type": "ConvNextFeatureExtractor", "size": 224, "resample": 3"#, 256, 224, 224),
    (
      #""image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 288}, "crop_pct": 0.95, "resample": 3"#,
      303, 288, 288
    ),
    (#""crop_pct": 0.875, "size": {"shortest_edge": 384}, "resample": 3"#, nil, nil, 384),
    (#""feature_extractor_type": "ViTFeatureExtractor", "size": 224, "resample": 3"#, nil, nil, 224),
    // Others cut a square, or resize both sides.
    (
      #""size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}, "resample": 3"#, 256, 224,
      224
    ),
    (#""size": 256, "do_center_crop": true, "crop_size": 224, "resample": 3"#, 256, 224, 224),
    (
      #""size": {"height": 224, "width": 224}, "do_center_crop": false, "crop_size": 200, "resample": 3"#,
      nil, nil, 224
    ),
  ])
  func everyWayOfFramingIsRead(members: String, resize: Int?, crop: Int?, side: Int) throws {
    #expect(
      try preprocessing("{\(members), \(Self.half)}")
        == Preprocessing(
          inputSize: [3, side, side], resize: resize, crop: crop, interpolation: .bicubic, mean: Self.gray,
          std: Self.quarter))
  }

  @Test func scalesOtherThanOneAreBroughtBackToIt() throws {
    let plain = try preprocessing(
      #"{"size": 224, "crop_pct": 1, "rescale_factor": 0.00392156862745098, \#(Self.half)}"#)
    #expect(plain.mean == Self.gray && plain.std == Self.quarter)
    // From -1 to 1, written as a factor of 1/127.5 and a mean of 1.
    let wide = try preprocessing(
      #"{"size": 224, "crop_pct": 1, "rescale_factor": 0.00784313725490196, "image_mean": [1, 1, 1], "image_std": [1, 1, 1]}"#
    )
    for value in wide.mean + wide.std { #expect(abs(value - 0.5) < 1e-12) }
    let raw = try preprocessing(
      #"{"size": 224, "crop_pct": 1, "do_rescale": false, "image_mean": [127.5, 127.5, 127.5], "image_std": [255, 255, 255]}"#
    )
    #expect(raw.mean == Self.gray && raw.std == [1, 1, 1])
    let unscaled = try preprocessing(#"{"size": 224, "crop_pct": 1, "do_normalize": false, \#(Self.half)}"#)
    #expect(unscaled.mean == [0, 0, 0] && unscaled.std == [1, 1, 1])
  }

  @Test func reversedChannelsAreReadWhereTheyAreAllNormalisedAlike() throws {
    let flip = #""size": 224, "crop_pct": 1, "do_flip_channel_order": true"#
    #expect(try preprocessing("{\(flip), \(Self.half)}").channelOrder == .bgr)
    let error = #expect(throws: DescriptorError.self) {
      try preprocessing("{\(flip), \(Self.half.replacing("[0.5, 0.5,", with: "[0.5, 0.4,"))}")
    }
    #expect(error?.field == "do_flip_channel_order")
  }

  @Test(arguments: [
    (#""size": 224, "do_pad": true"#, "do_pad"), (#""size": 224"#, "size"),
    (#""do_resize": false, "size": 224"#, "do_resize"), (#""resample": 9, "size": 224"#, "resample"),
    (#""resample": 3"#, "size"),
    (#""size": {"longest_edge": 224}"#, "size"), (#""size": {"shortest_edge": 224}"#, "size"),
    (#""size": 224, "crop_pct": -1"#, "crop_pct"), (#""size": 224, "rescale_factor": 0"#, "rescale_factor"),
    (#""size": 0, "crop_pct": 1"#, "input_size[1]"),
    (#""size": 256, "crop_size": {"height": 224, "width": 200}"#, "crop_size"),
  ])
  func whatCannotBeExpressedIsRefusedByName(members: String, field: String) {
    let error = #expect(throws: DescriptorError.self) { try preprocessing("{\(members), \(Self.half)}") }
    #expect(error?.field == field, "\(error?.description ?? "")")
  }
}
