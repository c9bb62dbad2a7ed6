import Foundation
import ResZoo

/// Images that tools/fixtures/make_image_fixtures.py drew.
enum SampleImages {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "ImageInputTests/Fixtures")

  static func path(_ name: String) -> String { folder.appending(path: name).path }

  static let sound = [
    "photo.jpg", "rgb-8.png", "gray-8.png", "420.jpg", "cmyk.jpg", "palette-8.png", "exif-6.jpg",
  ]
}

/// A small network that answers differently for different images.
func sampleModel(labels: [String]? = nil, classes: Int = 4) throws -> Model {
  var architecture = try Architecture.preset(named: "small_resnet18", classes: classes)
  architecture.name = nil
  return try Model(untrained: architecture, labels: labels, seed: 2)
}
