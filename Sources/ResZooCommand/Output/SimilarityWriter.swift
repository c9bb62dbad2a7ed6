import Messages
import ResZoo

/// The images that are most like one image, as JSON.
struct SimilarityRow: Encodable {
  struct Image: Encodable {
    var image: String
    var similarity: Float
  }

  var input: String
  var nearest: [Image]?
  var error: String?
}

/// An index that was written, as JSON and as text.
struct IndexRecord: Encodable {
  var index: String
  var images: Int
  var width: Int
  var bytes: Int
  var errors: Int

  var text: String {
    "\(index.printable): \(images.counted("image")), \(width.grouped) numbers each, \(bytes.grouped) bytes\n"
  }
}

/// Puts similar images into words.
struct SimilarityWriter {
  let format: ResultFormat
  let model: String
  let among: String
  /// The number of images that are searched.
  let images: Int
  /// The number of images of each result.
  let top: Int
  let table: CSVText

  /// The text before the first result.
  func header() throws(Failure) -> String {
    switch format {
    case .text, .jsonl: ""
    // The members come in alphabetical order, as in all JSON of this program.
    case .json:
      try
        #"{"among":\#(JSONText.line(among)),"images":\#(images),"model":\#(JSONText.line(model)),"results":["#
    case .csv:
      table.line(
        (["input", "error"] + (1...max(1, top)).flatMap { ["image_\($0)", "similarity_\($0)"] }).map {
          .value($0)
        })
    }
  }

  func row(_ row: SimilarityRow, isFirst: Bool) throws(Failure) -> String {
    switch format {
    case .text: text(row)
    case .json: try (isFirst ? "\n" : ",\n") + JSONText.line(row)
    case .jsonl: try JSONText.line(row) + "\n"
    case .csv: csv(row)
    }
  }

  /// The text after the last result.
  func footer() -> String { format == .json ? "\n]}\n" : "" }

  private func text(_ row: SimilarityRow) -> String {
    if let error = row.error { return "\(row.input.printable)\n  error: \(error.printable)\n" }
    let lines = (row.nearest ?? []).map { found in
      let number = Double(found.similarity).text(decimals: 4)
      return
        "  \(String(repeating: " ", count: max(0, 7 - number.count)))\(number)  \(found.image.printable)\n"
    }
    return "\(row.input.printable)\n" + lines.joined()
  }

  private func csv(_ row: SimilarityRow) -> String {
    var fields: [CSVText.Field] = [.text(row.input), row.error.map { .text($0) } ?? .value("")]
    for found in row.nearest ?? [] { fields += [.text(found.image), .value("\(found.similarity)")] }
    fields += Array(repeating: .value(""), count: max(0, 2 + 2 * max(1, top) - fields.count))
    return table.line(fields)
  }
}
