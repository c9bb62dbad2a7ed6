import Datasets
import Files
import Messages

/// What a person decided on the findings of an audit: images to leave out, and images of other classes.
///
/// It is read from a table such as an audit's `findings.csv`, with the columns `input` and `action`: `drop` leaves an image out, `relabel` gives
/// it the label in the column `label` where that was changed, else that in `suggested_label`, and `keep`, or nothing, leaves it as it is. Of
/// several lines about an image `drop` counts first, then `relabel`.
public struct DatasetFixes: Sendable {
  /// The images to leave out.
  public private(set) var dropped: Set<Int> = []
  /// The new labels of images.
  public private(set) var labels: [Int: String] = [:]
  /// The images that they are for.
  public let images: AuditedImages

  /// Reads decisions.
  ///
  /// - Parameters:
  ///   - path: the table.
  ///   - images: the images that were audited, opened by the same paths.
  ///   - accepted: kinds of findings whose column `suggestion` counts where `action` is empty.
  /// - Throws: ``DatasetError`` when the table cannot be read, ``AuditError`` with `data` for an action that is none, an image that is
  ///   not among them, or a label that is missing or is given twice.
  public init(
    path: String, for images: AuditedImages, accepting accepted: Set<AuditFinding.Kind> = []
  ) throws {
    self.images = images
    let table = try CSVTable(path: path, needing: "input")
    guard let input = table.column("input"), let action = table.column("action") else {
      throw AuditError(.data, "\(path): has no column 'action'; write keep, drop or relabel into one")
    }
    let places = Dictionary(images.sources.enumerated().map { ($1.description, $0) }) { first, _ in first }
    func text(_ column: String, of fields: [String]) -> String {
      table.column(column).map { fields[$0] } ?? ""
    }
    for (line, fields) in table.rows {
      var word = fields[action].lowercased()
      if word.isEmpty, let kind = AuditFinding.Kind(rawValue: text("kind", of: fields)),
        accepted.contains(kind)
      {
        word = text("suggestion", of: fields)
      }
      guard !word.isEmpty else { continue }
      guard let action = AuditFinding.Action(rawValue: word) else {
        throw AuditError(.data, "\(path), line \(line): '\(word)' is no action; write keep, drop or relabel")
      }
      guard let image = Self.place(of: fields[input], in: places) else {
        throw AuditError(
          .data,
          "\(path), line \(line): '\(fields[input])' is no image of \(images.path); name the data set as it was audited"
        )
      }
      switch action {
      case .keep: break
      case .drop: dropped.insert(image)
      case .relabel:
        let given = text("label", of: fields)
        let label =
          !given.isEmpty && given != images.label(of: image) ? given : text("suggested_label", of: fields)
        guard !label.isEmpty else {
          throw AuditError(
            .data, "\(path), line \(line): relabel without a label; write it into the column 'label'")
        }
        if let other = labels[image], other != label {
          throw AuditError(
            .data,
            "\(path), line \(line): '\(fields[input])' is to be '\(label)' here and '\(other)' in another line"
          )
        }
        labels[image] = label
      }
    }
  }

  /// The image of a name; spreadsheets may have kept the apostrophe that keeps a name from being a formula.
  private static func place(of input: String, in places: [String: Int]) -> Int? {
    places[input] ?? (input.hasPrefix("'") ? places[String(input.dropFirst())] : nil)
  }

  /// The manifest of the images of a part that stay, with their labels: a CSV file that ``ImageSet/init(manifest:labels:)`` reads.
  ///
  /// - Parameters:
  ///   - part: the images to train on, or those to validate with.
  ///   - folder: the folder in which the manifest will lie; the paths of images below it count from there, others are whole.
  /// - Returns: the text, and the number of images in it.
  /// - Throws: ``AuditError`` with `data` for images that are no files of their own, or have no label, or when none stays; `FileError` for
  ///   a folder whose name is not UTF-8.
  public func manifest(of part: AuditedImages.Part, in folder: String) throws -> (text: String, count: Int) {
    let base = try realPath(folder).map { $0 == "/" ? "/" : $0 + "/" }
    var folders: [String: String] = [:]
    var text = "path,label\n"
    var count = 0
    for (image, source) in images.sources.enumerated() where images.part(of: image) == part {
      guard !dropped.contains(image) else { continue }
      guard case .file(let path) = source else {
        throw AuditError(
          .data,
          "\(source): lies in a file with other images, and a manifest lists files; unpack the data set and audit that"
        )
      }
      guard let label = labels[image] ?? images.label(of: image) else {
        throw AuditError(.data, "\(source): has no label, and a manifest lists images with their labels")
      }
      let own = FolderListing.folder(of: path)
      let resolved = try folders[own] ?? realPath(own) ?? own
      folders[own] = resolved
      let whole =
        (resolved == "/" ? "" : resolved) + "/" + (path.split(separator: "/").last.map(String.init) ?? path)
      let listed = base.flatMap { whole.hasPrefix($0) ? String(whole.dropFirst($0.count)) : nil } ?? whole
      text += Self.field(listed) + "," + Self.field(label) + "\n"
      count += 1
    }
    guard count > 0 else { throw AuditError(.data, "no image stays, so there is nothing to list") }
    return (text, count)
  }

  /// A field of CSV (RFC 4180).
  private static func field(_ text: String) -> String {
    guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
