import Foundation
import ImageInput
import Messages
import Platform
import TestSupport
import Testing

@Suite struct FileTests {
  private let folder = TemporaryFolder()

  private func file(_ name: String, _ content: [UInt8]) throws -> String {
    folder.write(content, to: name)
  }

  private func error(_ path: String) -> ImageError? {
    do throws(ImageError) {
      _ = try decodeImage(atPath: path)
      return nil
    } catch {
      return error
    }
  }

  @Test func pathsThatAreNoReadableFilesHaveTheirCode() throws {
    let missing = folder.file("missing.jpg")
    #expect(error(missing)?.code == .notFound)
    #expect(error(missing)?.path == missing)
    #expect(error(missing)?.description.hasPrefix(missing + ": does not exist") == true)
    #expect(error(folder.path)?.code == .notAFile)
    #expect(error(try file("empty.jpg", []))?.code == .empty)
    #expect(error("/dev/zero")?.code == .notAFile)

    let pipe = folder.file("pipe")
    try #require(unsafe mkfifo(pipe, 0o600) == 0)
    #expect(error(pipe)?.code == .notAFile)

    let secret = try file("secret.png", try Fixtures.bytes("filtered.png"))
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: secret)
    // An administrator may read it all the same.
    #expect(error(secret)?.code == (geteuid() == 0 ? nil : .noPermission))
  }

  @Test func aFileThatIsTooLongIsNotRead() throws {
    let path = try file("long.jpg", [0xFF, 0xD8, 0xFF])
    try #require(unsafe truncate(path, 600 << 20) == 0)
    #expect(error(path)?.code == .fileTooLarge)
  }

  @Test(arguments: [
    ("....ftypisom", "MP4"), ("8BPS....", "Photoshop"), ("%PDF-1.7", "PDF"), ("<svg xmlns=", "SVG"),
    ("P7\nWIDTH 1\n", "PAM"), ("Pf\n1 1\n", "PFM"), ("II*\0\u{10}\0\0\0CR\u{2}\0", "Canon"),
    ("icns....", "macOS icon"),
    ("#?RADIANCE", "Radiance"), ("\n\u{5}\u{1}.", "PCX"), ("qoif....", "QOI"),
  ])
  func otherFormatsAreRefusedByName(start: String, name: String) {
    do throws(ImageError) {
      _ = try decodeImage(Array(start.utf8))
      Issue.record("\(name) was read")
    } catch {
      #expect(error.code == .otherFormat)
      #expect(error.message.contains(name))
      #expect(error.message.contains("convert it to one of them") || error.message.contains("save a frame"))
    }
  }

  @Test(arguments: [
    ("<!DOCTYPE html>", "a web page, not an image; the download failed"), ("PK\u{3}\u{4}", "unpack it"),
    ("version https://git-lfs.github.com/spec/v1", "git lfs pull"),
  ])
  func whatIsNoImageSaysWhatToDo(start: String, remedy: String) {
    do throws(ImageError) {
      _ = try decodeImage(Array(start.utf8))
      Issue.record("\(start) was read")
    } catch {
      #expect(error.code == .otherFormat)
      #expect(error.message.contains(remedy))
      #expect(!error.message.contains("convert it"))
    }
  }

  @Test func theBytesDecideNotTheName() throws {
    let png = try Fixtures.bytes("filtered.png")
    let path = try file("really-a-png.jpg", png)
    #expect(try decodeImage(atPath: path).pixels == decodeImage(png).pixels)
    #expect(error(try file("text.jpg", Array("hello, world".utf8)))?.code == .notAnImage)
    #expect(error(try file("short.png", [0x89]))?.code == .notAnImage)
  }

  @Test func imagesAreKnownByTheirExtension() {
    for name in ["a.jpg", "a.JPG", "b/c.JPEG", "x.y.png", "a.jpe", "a.jfif", "IMG_1.HEIC", "a.webp", "a.tif"]
    {
      #expect(isImageName(name), "\(name)")
    }
    for name in ["a.svg", "jpg", ".png", "a.jpg/b", "a.", "", "a.txt", "._a.jpg", "b/.a.png"] {
      #expect(!isImageName(name), "\(name)")
    }
  }

  @Test func errorsAreEqualByTheirCode() {
    #expect(ImageError(.empty, path: "a", "one") == ImageError(.empty, "two"))
    #expect(ImageError(.empty, "one") != ImageError(.corrupt, "one"))
  }
}
