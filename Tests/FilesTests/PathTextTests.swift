import Testing

@testable import Files

/// Paths with characters that combine with a slash, or are spelled in two ways.
@Suite struct PathTextTests {
  @Test(arguments: [
    ("a/b", ["a", "b"], "a/", "b"), ("/a//b/", ["a", "b"], "/a//b/", "b"), ("a", ["a"], "", "a"),
    ("../\u{301}a", ["..", "\u{301}a"], "../", "\u{301}a"),
    ("a/\u{301}", ["a", "\u{301}"], "a/", "\u{301}"), ("/", [], "/", "/"), ("", [], "", ""),
  ]) func `a slash is one whatever stands behind it`(
    _ path: String, _ parts: [String], _ folder: String, _ last: String
  ) {
    #expect(path.pathParts == parts)
    #expect(path.folderPart == folder)
    #expect(path.lastPathPart == last)
    #expect(path.hasByte("/") == path.utf8.contains(0x2F))
  }

  @Test func `names of the same characters in other code points are two`() {
    #expect("é" == "e\u{301}")
    #expect(Set(["é", "e\u{301}"].map(ExactText.init)).count == 2)
    #expect(ExactText("é") == ExactText("é"))
  }
}
