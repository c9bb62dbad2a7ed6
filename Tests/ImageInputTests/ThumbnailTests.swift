import ImageInput
import Testing

@Suite struct ThumbnailTests {
  @Test func largeImagesShrinkAndKeepTheirProportions() throws {
    let whole = try decodeImage(atPath: Fixtures.path("wide.png"))
    let small = try Thumbnail(atPath: Fixtures.path("wide.png"), side: 20)
    #expect(small.width == 20)
    #expect(small.height == max(1, Int((Double(20 * whole.height) / Double(whole.width)).rounded())))
    #expect(small.pixels.count == 3 * small.width * small.height)
    #expect(try decodeImage(small.png()).pixels == small.pixels)
  }

  @Test func smallImagesStayAsTheyAre() throws {
    let whole = try decodeImage(atPath: Fixtures.path("gray-8.png"))
    let small = try Thumbnail(atPath: Fixtures.path("gray-8.png"), side: 4096)
    #expect(small.pixels == whole.pixels)
  }

  /// exif-1.jpg to exif-8.jpg are the same image, stored turned and mirrored.
  @Test func thumbnailsAreUpright() throws {
    let first = try Thumbnail(atPath: Fixtures.path("exif-1.jpg"), side: 4096)
    for orientation in 2...8 {
      let turned = try Thumbnail(atPath: Fixtures.path("exif-\(orientation).jpg"), side: 4096)
      let stored = try decodeImage(atPath: Fixtures.path("exif-\(orientation).jpg"))
      let swaps = orientation >= 5
      #expect(turned.width == (swaps ? stored.height : stored.width))
      #expect(turned.height == (swaps ? stored.width : stored.height))
    }
    #expect(first.pixels == (try decodeImage(atPath: Fixtures.path("exif-1.jpg"))).pixels)
  }

  @Test func whatIsNoImageIsAnError() {
    #expect(throws: ImageError(.notFound, "")) {
      try Thumbnail(atPath: Fixtures.path("missing.png"), side: 9)
    }
  }
}
