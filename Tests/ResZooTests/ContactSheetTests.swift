import ResZoo
import Testing

@Suite struct ContactSheetTests {
  /// Three maps of 1×2, the first from 0 to 1, the second from 0 to 4, the third all the same.
  private static let maps = Tensor(shape: [3, 1, 2], floats: [0, 1, 4, 0, 3, 3])

  @Test func eachChannelHasItsOwnBlackAndWhite() {
    let sheet = ContactSheet(Self.maps)
    // Magnified eight times, with lines of one pixel around.
    #expect((sheet.columns, sheet.rows) == (2, 2))
    #expect((sheet.width, sheet.height) == (2 * 17 + 1, 2 * 9 + 1))
    func pixel(_ x: Int, _ y: Int) -> UInt8 { sheet.pixels[y * sheet.width + x] }
    #expect(pixel(0, 0) == 128 && pixel(17, 5) == 128)
    #expect([pixel(1, 1), pixel(8, 8), pixel(9, 1), pixel(16, 8)] == [0, 0, 255, 255])
    #expect([pixel(18, 1), pixel(33, 1)] == [255, 0])
    #expect([pixel(1, 10), pixel(16, 17)] == [0, 0])
    // The fourth place is empty.
    #expect(pixel(20, 12) == 128)
  }

  @Test func allChannelsMayShareBlackAndWhite() {
    let sheet = ContactSheet(Self.maps, scale: .all)
    func pixel(_ x: Int, _ y: Int) -> UInt8 { sheet.pixels[y * sheet.width + x] }
    #expect([pixel(1, 1), pixel(9, 1), pixel(18, 1), pixel(33, 1), pixel(1, 10)] == [0, 64, 255, 0, 191])
  }

  @Test func whatIsNotFiniteIsBlackAndLeavesTheOthersTheirScale() {
    let sheet = ContactSheet(Tensor(shape: [1, 1, 4], floats: [.nan, .infinity, -3e38, 3e38]))
    let row = [1, 9, 17, 25].map { sheet.pixels[sheet.width + $0] }
    #expect(row == [0, 0, 0, 255])
  }

  @Test func aSheetIsAnImage() throws {
    let png = try ContactSheet(Self.maps).png()
    #expect(Array(png.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    let vector = ContactSheet(Tensor(shape: [5], floats: [0, 1, 2, 3, 4]))
    #expect((vector.columns, vector.rows) == (3, 2))
  }
}
