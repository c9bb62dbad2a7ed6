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
    var table = try CSVTable(path: path, needing: "input")
    guard let input = table.column("input"), let action = table.column("action") else {
      throw AuditError(.data, "\(path): has no column 'action'; write keep, drop or relabel into one")
    }
    let places = Places(images)
    let columns = table.columns
    func text(_ column: String, of fields: [String]) -> String {
      columns.firstIndex(of: column).map { fields[$0] } ?? ""
    }
    while let (line, fields) = try table.next() {
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
      let named = places.images(named: fields[input])
      guard let image = named.first else {
        throw AuditError(
          .data,
          "\(path), line \(line): '\(fields[input])' is no image of \(images.path); name the data set as it was audited"
        )
      }
      guard named.count == 1 else {
        throw AuditError(
          .data,
          "\(path), line \(line): '\(fields[input])' stands for \(named.count) images, whose names have characters that are not seen; rename them"
        )
      }
      switch action {
      case .keep: break
      case .drop: dropped.insert(image)
      case .relabel:
        let given = text("label", of: fields)
        let isChanged = !given.isEmpty && !Self.isShown(given, images.label(of: image) ?? "")
        let written = isChanged ? given : text("suggested_label", of: fields)
        // A class of the data set is meant, however its name was written into the table.
        let known = images.classes.filter { Self.isShown(written, $0) }
        let label = known.contains { ExactText($0) == ExactText(written) } ? written : known.first ?? written
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

  /// True if a field of the table stands for a text: it is that text, or as the table shows it, with hidden characters spelt out, and perhaps
  /// with the apostrophe that keeps it from being a formula.
  private static func isShown(_ field: String, _ text: String) -> Bool {
    forms(of: text).contains(ExactText(field))
  }

  private static func forms(of text: String) -> Set<ExactText> {
    [ExactText(text), ExactText(text.printable), ExactText("'" + text.printable)]
  }

  /// The images of a data set by what a table may call them.
  private struct Places {
    private var images: [ExactText: [Int]] = [:]

    init(_ audited: AuditedImages) {
      for (image, source) in audited.sources.enumerated() {
        for form in DatasetFixes.forms(of: source.description) { images[form, default: []].append(image) }
      }
    }

    func images(named name: String) -> [Int] { images[ExactText(name)] ?? [] }
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
    var folders: [ExactText: String] = [:]
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
      let resolved = try folders[ExactText(own)] ?? realPath(own) ?? own
      folders[ExactText(own)] = resolved
      let whole =
        (resolved == "/" ? "" : resolved) + "/" + path.lastPathPart
      let listed =
        base.flatMap { base in
          whole.utf8.starts(with: base.utf8)
            ? String(decoding: whole.utf8.dropFirst(base.utf8.count), as: UTF8.self) : nil
        } ?? whole
      text += csvField(listed) + "," + csvField(label) + "\n"
      count += 1
    }
    guard count > 0 else { throw AuditError(.data, "no image stays, so there is nothing to list") }
    return (text, count)
  }
}
