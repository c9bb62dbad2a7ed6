import ModelDescriptor
import Testing

@testable import ImageInput

@Suite struct ResamplerTests {
  /// Resizes an array of pixels and returns the region.
  private func resize(
    _ pixels: [UInt8], _ raster: Raster, to size: (width: Int, height: Int), region: PixelRegion,
    _ interpolation: Preprocessing.Interpolation, kernelSet: Int = 0
  ) throws -> [UInt8] {
    var source = ByteBuffer()
    var target = ByteBuffer()
    var resampler = Resampler(kernelSet: kernelSet)
    let count = region.columns.count * region.rows.count * raster.channels
    let from = try unsafe source.reserve(pixels.count)
    for (index, value) in pixels.enumerated() { unsafe from[index] = value }
    let to = try unsafe target.reserve(count)
    try unsafe resampler.resize(
      from, raster, to: size, region: region, interpolation: interpolation, into: to)
    let span = target.prefix(count)
    return (0..<count).map { span[$0] }
  }

  @Test(arguments: Preprocessing.Interpolation.allCases)
  func aRegionIsThatPartOfTheWhole(interpolation: Preprocessing.Interpolation) throws {
    var random = SplitMix(state: 3)
    let sides = [1, 2, 3, 7, 16, 17, 33, 40]
    for trial in 0..<120 {
      let channels = trial % 2 == 0 ? 3 : 1
      let raster = Raster(
        width: sides.randomElement(using: &random) ?? 1, height: sides.randomElement(using: &random) ?? 1,
        channels: channels)
      let pixels = (0..<raster.byteCount).map { _ in UInt8.random(in: 0...255, using: &random) }
      let width = sides.randomElement(using: &random) ?? 1
      let height = sides.randomElement(using: &random) ?? 1
      let left = Int.random(in: 0..<width, using: &random)
      let top = Int.random(in: 0..<height, using: &random)
      let region = PixelRegion(
        columns: left..<Int.random(in: left + 1...width, using: &random),
        rows: top..<Int.random(in: top + 1...height, using: &random))
      let whole = try resize(
        pixels, raster, to: (width, height), region: PixelRegion(columns: 0..<width, rows: 0..<height),
        interpolation)
      let part = try resize(pixels, raster, to: (width, height), region: region, interpolation)
      let expected = region.rows.flatMap { row in
        whole[
          (row * width + region.columns.lowerBound) * channels..<(row * width + region.columns.upperBound)
            * channels]
      }
      #expect(part == expected, "\(raster) to \(width)×\(height), \(region)")
    }
  }

  @Test func everySetOfKernelsGivesTheSameBits() throws {
    var random = SplitMix(state: 11)
    for width in [1, 3, 10, 11, 31, 32, 33, 65, 97] {
      for channels in [1, 3] {
        let raster = Raster(width: width, height: 23, channels: channels)
        let pixels = (0..<raster.byteCount).map { _ in Bool.random(using: &random) ? 255 : UInt8(0) }
        for size: (width: Int, height: Int) in [
          (43, 9), (width: 7, height: 50), (width, 11), (width: 64, 23),
        ] {
          let whole = PixelRegion(columns: 0..<size.width, rows: 0..<size.height)
          let fastest = try resize(pixels, raster, to: size, region: whole, .lanczos)
          for set in 1..<Resampler.kernelSetCount {
            let other = try resize(pixels, raster, to: size, region: whole, .lanczos, kernelSet: set)
            #expect(other == fastest, "set \(set), \(raster) to \(size)")
          }
        }
      }
    }
  }

  @Test(arguments: Preprocessing.Interpolation.allCases)
  func aFlatImageStaysFlat(interpolation: Preprocessing.Interpolation) throws {
    for value: UInt8 in [0, 1, 128, 255] {
      let raster = Raster(width: 50, height: 41, channels: 3)
      let pixels = [UInt8](repeating: value, count: raster.byteCount)
      let size = (width: 13, height: 97)
      let region = PixelRegion(columns: 0..<13, rows: 0..<97)
      let result = try resize(pixels, raster, to: size, region: region, interpolation)
      #expect(result.allSatisfy { $0 == value }, "\(value)")
    }
  }

  @Test func sizesFollowTorchvision() {
    func sizes(_ width: Int, _ height: Int, _ record: Preprocessing) -> [Int] {
      let geometry = ImageGeometry(width: width, height: height, record: record)
      return [
        geometry.resizedWidth, geometry.resizedHeight, geometry.window.columns.lowerBound,
        geometry.window.rows.lowerBound,
      ]
    }
    #expect(sizes(500, 375, .imageNet) == [341, 256, 58, 16])
    #expect(sizes(375, 500, .imageNet) == [256, 341, 16, 58])
    #expect(sizes(256, 256, .imageNet) == [256, 256, 16, 16])
    // Halves round to the even neighbour: (343 - 224) / 2 is 59.5, (341 - 224) / 2 is 58.5.
    #expect(sizes(343, 256, .imageNet) == [343, 256, 60, 16])
    #expect(sizes(100, 100, Preprocessing(resize: 100)) == [100, 100, -62, -62])
    #expect(sizes(100, 101, Preprocessing(resize: nil)) == [100, 101, -62, -61])
    #expect(sizes(99, 7, .cifar10) == [32, 32, 0, 0])
    #expect(sizes(300, 1, Preprocessing(resize: 30, cropMode: .border)) == [30, 1, -97, -111])
  }
}
