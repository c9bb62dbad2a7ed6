import Messages
import Testing

@testable import ImageInput

/// Structures of HEIC and TIFF files that would lead the systems' libraries on without end.
@Suite struct DerivedImageTests {
  private func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
    let size = UInt32(content.count + 8)
    return (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } + type.utf8 + content
  }

  /// A file whose items have these types, counted from 1, the first being the primary one, and are put together from others.
  private func file(_ types: [String], _ sources: [(UInt8, [UInt8])]) -> [UInt8] {
    let entries = types.enumerated().flatMap { number, type in
      box("infe", [2, 0, 0, 0, 0, UInt8(number + 1), 0, 0] + Array(type.utf8) + [0])
    }
    let references = sources.flatMap { from, to in
      box("dimg", [0, from, 0, UInt8(to.count)] + to.flatMap { [0, $0] })
    }
    let meta =
      [0, 0, 0, 0] + box("pitm", [0, 0, 0, 0, 0, 1])
      + box("iinf", [0, 0, 0, 0, 0, UInt8(types.count)] + entries) + box("iref", [0, 0, 0, 0] + references)
    return box("ftyp", Array("heic".utf8)) + box("meta", meta)
  }

  private func fault(_ bytes: [UInt8]) -> ImageError? {
    do throws(ImageError) {
      try HEIFDerivation.check(bytes.span)
      return nil
    } catch {
      return error
    }
  }

  @Test func codedImagesAndOnesOfThemAreTaken() {
    #expect(fault(file(["hvc1"], [])) == nil)
    #expect(fault(file(["grid", "hvc1", "hvc1"], [(1, [2, 3])])) == nil)
    // An image that nothing leads to may be anything.
    #expect(fault(file(["grid", "hvc1", "tmap"], [(1, [2]), (3, [1, 2])])) == nil)
    #expect(fault([]) == nil && fault(Array("not a box".utf8)) == nil)
  }

  @Test func imagesThatLeadOnAreRefused() {
    for (types, sources) in [
      (["iden"], [(1, [1])]), (["iden", "iden"], [(1, [2]), (2, [1])]),
      (["iovl", "iovl", "hvc1"], [(1, [2]), (2, [3])]), (["iovl", "hvc1"], [(1, [2, 2])]),
      (["grid", "Exif"], [(1, [2])]), (["grid"], [(1, [9])]),
    ] as [([String], [(UInt8, [UInt8])])] {
      #expect(fault(file(types, sources))?.code == .corrupt, "\(types) \(sources)")
    }
  }

  @Test func countsThatTheFileDoesNotHaveTakeNoTime() {
    let reference = box("dimg", [0, 1, 255, 255])
    let file = box(
      "meta", [0, 0, 0, 0] + box("iref", [0, 0, 0, 0] + Array(repeating: reference, count: 60_000).joined()))
    #expect(fault(file) == nil)
  }

  @Test func whatIsSaidTwiceIsRefused() {
    let twice = box("pitm", [0, 0, 0, 0, 0, 1]) + box("pitm", [0, 0, 0, 0, 0, 2])
    #expect(fault(box("meta", [0, 0, 0, 0] + twice))?.code == .corrupt)
    let item = box("infe", [2, 0, 0, 0, 0, 1, 0, 0] + Array("hvc1".utf8))
    #expect(
      fault(box("meta", [0, 0, 0, 0] + box("iinf", [0, 0, 0, 0, 0, 2] + item + item)))?.code == .corrupt)
  }

  /// A little-endian TIFF file of two tags, whose values have so many bytes from byte 40 on.
  private func tiff(_ count: UInt8) -> [UInt8] {
    func tag(_ number: UInt8) -> [UInt8] { [number, 1, 7, 0, count, 0, 0, 0, 40, 0, 0, 0] }
    return [0x49, 0x49, 42, 0, 8, 0, 0, 0, 2, 0] + tag(1) + tag(2) + [UInt8](repeating: 0, count: 40)
  }

  @Test func valuesOfTagsWithinEachOtherAreRefused() throws {
    try TIFFTags.check(tiff(30).span)
    #expect(throws: ImageError.self) { try TIFFTags.check(self.tiff(60).span) }
    for length in 0..<74 { try TIFFTags.check(Array(tiff(4)[..<length]).span) }
  }
}
