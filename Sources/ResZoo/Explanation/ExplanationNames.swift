import Datasets
import Files

/// The names of the files of explanations, without their endings, all different.
///
/// The map of `photos/cat.jpg` is `cat`; of several answers each has its class, `cat.class281`; an image whose name is taken has a number,
/// `cat (2)`.
struct ExplanationNames {
  /// A name for each image and answer.
  let stems: [[String]]

  /// The most bytes of a name, without what is appended.
  private static let limit = 200

  /// - Parameter answers: the answers to each image; none or one for an answer that needs no name.
  init(_ images: [ImageSource], _ answers: [ExplainedAnswer]) {
    var taken: Set<String> = []
    var lastNumber: [String: Int] = [:]
    let ends =
      answers.count < 2
      ? [""] : answers.map { ".class\($0.index)" + ($0.isNo ? "no" : "") + ($0.other.map { "-\($0)" } ?? "") }
    stems = images.map { image in
      let wished = Self.stem(of: image.description)
      var number = lastNumber[wished] ?? 0
      while true {
        number += 1
        let names = ends.map { wished + (number == 1 ? "" : " (\(number))") + $0 }
        guard taken.isDisjoint(with: names) else { continue }
        taken.formUnion(names)
        lastNumber[wished] = number
        return names
      }
    }
  }

  /// The last part of a path, without its ending.
  private static func stem(of path: String) -> String {
    let name = path.pathParts.last ?? ""
    guard !name.isEmpty, name != "-" else { return "image" }
    let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")).flatMap { $0 == name.startIndex ? nil : $0 }
    var stem = String(Substring(name.utf8[..<(dot ?? name.endIndex)]))
    // One mark after another: a character may be a letter with any number of them.
    while stem.utf8.count > limit { stem.unicodeScalars.removeLast() }
    return stem
  }
}
