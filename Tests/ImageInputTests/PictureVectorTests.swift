import Foundation
import ImageInput
import ModelDescriptor
import TestSupport
import Testing

/// The pictures of spec/vectors, which every classifier must prepare alike (NETWORK §6.1).
/// `tools/fixtures/make_picture_vectors.py` makes them.
@Suite struct PictureVectorTests {
  static let folder =
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/spec/vectors/"

  struct Picture: Decodable {
    var file: String
    var preprocessing: Preprocessing
    var input: String
  }

  @Test func picturesBecomeTheInputsOfTheManifest() throws {
    let pictures = try JSONDecoder().decode(
      [Picture].self, from: Data(readFile(Self.folder + "pictures.json")))
    #expect(pictures.count >= 35)
    for picture in pictures {
      let preprocessor = try Preprocessor(picture.preprocessing)
      var pixels = [Float](repeating: .nan, count: preprocessor.elementCount)
      var span = pixels.mutableSpan
      _ = try preprocessor.prepareTensor(atPath: Self.folder + picture.file, into: &span)
      let channels = (0..<preprocessor.channels).map { channel in
        stride(from: channel, to: pixels.count, by: preprocessor.channels).map { pixels[$0] }
      }
      let wanted = readFile(Self.folder + picture.input)
      #expect(littleEndianBytes(Array(channels.joined())) == wanted, "\(picture.file)")
    }
  }
}
