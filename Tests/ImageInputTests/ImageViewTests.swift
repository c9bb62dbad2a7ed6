import Foundation
import ModelDescriptor
import TestSupport
import Testing

@testable import ImageInput

/// The crops of torchvision, as tools/fixtures/make_view_fixtures.py has written them.
struct ImageViewTests {
  private struct Views: Decodable {
    var resize: Int
    var crop: Int
    var flip: [[UInt8]]
    var five: [[UInt8]]
    var ten: [[UInt8]]
  }

  private static let folder =
    #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/Fixtures/"

  /// A record whose tensors are the samples.
  private func record(
    resize: Int?, crop: Int?, mode: Preprocessing.CropMode = .center, side: Int = 8
  ) -> Preprocessing {
    Preprocessing(
      inputSize: [3, side, side], resize: resize, crop: crop, cropMode: mode, mean: [0, 0, 0],
      std: [1 / 255, 1 / 255, 1 / 255])
  }

  private func samples(_ view: ImageView, _ preprocessor: Preprocessor) throws -> [UInt8] {
    let image = try unsafe preprocessor.load(atPath: Self.folder + "views.png")
    var tensor = [Float](repeating: 0, count: preprocessor.elementCount)
    var span = tensor.mutableSpan
    try unsafe preprocessor.write(view, of: image, into: &span)
    return tensor.map { UInt8($0.rounded()) }
  }

  @Test(arguments: TestTimeAugmentation.allCases)
  func viewsAreThoseOfTorchvision(augmentation: TestTimeAugmentation) throws {
    let wanted = try JSONDecoder().decode(Views.self, from: Data(readFile(Self.folder + "views.json")))
    let preprocessor = try Preprocessor(record(resize: wanted.resize, crop: wanted.crop))
    let views = try augmentation.views.map { try samples($0, preprocessor) }
    switch augmentation {
    case .flip: #expect(views == wanted.flip)
    case .five: #expect(views == wanted.five)
    case .ten: #expect(views == wanted.ten)
    }
    #expect(try preprocessor.preparePixels(atPath: Self.folder + "views.png").pixels == wanted.flip[0])
  }

  @Test func cropsNeedRoom() {
    for augmentation in [TestTimeAugmentation.five, .ten] {
      #expect(augmentation.obstacle(in: record(resize: 11, crop: 8)) == nil)
      #expect(augmentation.obstacle(in: record(resize: nil, crop: 8)) == nil)
      #expect(augmentation.obstacle(in: record(resize: 11, crop: 8, mode: .squash)) == nil)
      #expect(augmentation.obstacle(in: record(resize: nil, crop: nil))?.contains("crops nothing") == true)
      #expect(
        augmentation.obstacle(in: record(resize: 11, crop: 8, mode: .border))?.contains("border") == true)
      #expect(augmentation.obstacle(in: record(resize: 8, crop: 8, mode: .squash))?.contains("8×8") == true)
    }
    #expect(TestTimeAugmentation.flip.obstacle(in: record(resize: nil, crop: nil)) == nil)
  }

  @Test func cropsThatDoNotFitAreAnErrorOfTheImage() throws {
    let preprocessor = try Preprocessor(record(resize: nil, crop: 30, side: 30))
    #expect(throws: ImageError(.dimensions, "")) {
      try samples(TestTimeAugmentation.five.views[0], preprocessor)
    }
    #expect(throws: Never.self) { try samples(.center, preprocessor) }
  }
}
