import Platform
import TestSupport
import Testing

@testable import ImageInput

@Suite struct LeftOutFileTests {
  @Test func aScanCountsWhatItLeavesOutByKindWithAnExample() {
    let folder = TemporaryFolder()
    _ = folder.makeFolder("a")
    for name in [
      "a/1.SVG", "a/2.svg", "a/3.jxl", "a/notes.txt", "a/.hidden.jpg", "b.png", "a/photo.jpg", "README",
    ] {
      folder.write([1], to: name)
    }
    var files = ImageFiles()
    files.add(folder.path)
    #expect(files.paths == ["a/photo.jpg", "b.png"].map(folder.file))
    #expect(files.leftOut.count == 6)
    #expect(files.leftOut.imageCount == 3)
    #expect(
      files.leftOut.summary()
        == "2 SVG images (such as \(folder.file("a/1.SVG"))), 1 JPEG XL image (\(folder.file("a/3.jxl"))), "
        + "2 files of another kind (such as \(folder.file("README"))) and 1 hidden file (\(folder.file("a/.hidden.jpg")))"
    )
    #expect(
      files.leftOut.summary(imagesOnly: true)
        == "2 SVG images (such as \(folder.file("a/1.SVG"))) and 1 JPEG XL image (\(folder.file("a/3.jxl")))")
    #expect(files.leftOut.installations.isEmpty)
  }

  /// Each folder has two links to the one before, so that 40 of them could be walked in 2⁴⁰ ways.
  @Test func linksInLinksComeToAnEnd() {
    let folder = TemporaryFolder()
    _ = folder.makeFolder("0")
    folder.write([1], to: "0/photo.jpg")
    for level in 1...40 {
      _ = folder.makeFolder("\(level)")
      for name in ["x", "y"] { unsafe symlink("../\(level - 1)", folder.file("\(level)/\(name)")) }
    }
    var files = ImageFiles()
    files.add(folder.file("3"))
    #expect(files.paths.count == 8 && files.unreadable.isEmpty)
    files.add(folder.file("40"))
    #expect(files.paths.count < 8 + 17)
    #expect(files.unreadable.contains { $0.reason.contains("in more than 16 ways") })
  }

  @Test func aNameThatIsNotUTF8IsNotTakenForItsTwin() {
    let folder = TemporaryFolder()
    folder.write([1], to: "cat\u{FFFD}.jpg")
    var path = Array(folder.file("cat").utf8CString.dropLast())
    path += [-1] + ".jpg".utf8CString
    close(unsafe open(path, O_WRONLY | O_CREAT, 0o666))
    defer { unsafe unlink(path) }
    var files = ImageFiles()
    files.add(folder.path)
    #expect(files.paths == Array(repeating: folder.file("cat\u{FFFD}.jpg"), count: 2))
    #expect(files.illegible.count == 1)
  }

  @Test func largeNumbersAreGrouped() {
    var files = LeftOutFiles()
    for _ in 0..<12_345 { files.add("x", as: .hidden) }
    #expect(files.summary() == "12,345 hidden files (such as x)")
    #expect(LeftOutFiles().summary().isEmpty)
  }

  @Test func imagesOfALibraryThatIsMissingAreLeftOutWithTheCommandThatInstallsIt() throws {
    for ending in ["webp", "tif", "tiff", "avif", "heic", "heif"] {
      let library = try #require(ImageLibrary.needed(byFileExtension: ending))
      let kind = LeftOutKind(ofFile: "a/b." + ending.uppercased())
      if library.isInstalled {
        #expect(kind == nil)
      } else {
        #expect(kind?.isImage == true && kind?.installation == library.installation)
      }
      #expect(library.installation.contains("install"))
    }
    for ending in ["jpg", "png", "gif", "bmp", "ppm"] {
      #expect(ImageLibrary.needed(byFileExtension: ending) == nil)
    }
  }
}
