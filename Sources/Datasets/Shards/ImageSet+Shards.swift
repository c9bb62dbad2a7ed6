import Files
import ImageInput
import Messages
import StrictJSON

extension ImageSet {
  /// Opens shards as WebDataset writes them: tar archives in which the files of an image follow one another under one name up to the
  /// first dot, such as `0001.jpg` and `0001.cls`.
  ///
  /// The class stands in the file that ends in `.cls`, or in a member `label`, `class` or `target` of that in `.json`. Only headers and
  /// classes are read; images are read from their places when they are wanted.
  ///
  /// - Parameters:
  ///   - path: an archive, a pattern such as `train-{000..012}.tar`, or a folder with archives.
  ///   - form: the number of classes that an image has; several stand in a list, or in a text with separators.
  /// - Throws: ``DatasetError`` with ``DatasetError/Code/data``, which names the archive, or ``DatasetError/Code/file``.
  public init(shards path: String, labels form: LabelForm = .one) throws(DatasetError) {
    var reader = ShardReader(labels: LabelReader(form))
    for shard in try ShardPaths.all(of: path) { try reader.read(shard) }
    if let doubt = reader.labels.doubt { throw DatasetError(.data, "\(path): \(doubt)") }
    self.init(
      sources: reader.sources, names: reader.names, form: form, path: path, remarks: reader.remarks(on: path))
  }
}

/// Collects the images of shards and the names of their classes.
private struct ShardReader {
  var sources: [ImageSource] = []
  /// For each source, the names of its classes.
  var names: [[String]] = []
  var labels: LabelReader
  private var withoutImage = 0
  private var unfinished: [String] = []

  init(labels: LabelReader) {
    self.labels = labels
  }

  /// The most bytes of a file with a class.
  private static let labelByteLimit = 1 << 20

  /// The files of one image.
  private struct Sample {
    var key: String
    var images: [TarIndex.Entry] = []
    var labels: [(ending: String, entry: TarIndex.Entry)] = []
  }

  /// Remarks on what was left out, and on archives that may be cut short.
  func remarks(on path: String) -> [Remark] {
    var remarks: [Remark] = []
    if withoutImage > 0 { remarks.append("\(path): left out \(withoutImage) samples without an image") }
    if !unfinished.isEmpty {
      remarks.append(
        "\(path): \(unfinished.count == 1 ? "an archive ends" : "\(unfinished.count) archives end") without the mark of the end, and may be cut short: \(unfinished.quoted)"
      )
    }
    return remarks
  }

  mutating func read(_ path: String) throws(DatasetError) {
    let file: InputFile
    let index: TarIndex
    do {
      file = try InputFile(path: path)
      index = try TarIndex(of: file)
    } catch let fault as TarIndex.Fault {
      throw DatasetError(.data, "\(path): byte \(fault.offset): \(fault.message)")
    } catch {
      throw DatasetError(.file, "\(error)")
    }
    if !index.isEnded { unfinished.append(path) }
    var sample: Sample?
    for entry in index.entries {
      guard let (key, ending) = Self.parts(of: entry.name) else { continue }
      if sample?.key != key {
        if let sample { try add(sample, of: file) }
        sample = Sample(key: key)
      }
      if imageExtensions.contains(ending) {
        sample?.images.append(entry)
      } else if ending == "cls" || ending == "json" {
        sample?.labels.append((ending, entry))
      }
    }
    if let sample { try add(sample, of: file) }
  }

  /// The name of a sample, with its folder, and the ending that tells its files apart; nil for a hidden file.
  private static func parts(of name: String) -> (key: String, ending: String)? {
    let folder = name.folderPart
    let file = name.utf8.dropFirst(folder.utf8.count)
    guard let dot = file.firstIndex(of: UInt8(ascii: ".")), dot > file.startIndex else { return nil }
    return (String(name[..<dot]), String(name[dot...].unicodeScalars.dropFirst()).lowercased())
  }

  private mutating func add(_ sample: Sample, of file: InputFile) throws(DatasetError) {
    let place = "\(file.path): sample '\(sample.key)'"
    guard let image = sample.images.first else {
      withoutImage += 1
      return
    }
    guard sample.images.count == 1 else {
      throw DatasetError(
        .data, "\(place): has \(sample.images.count) images, and only one can be of its class")
    }
    var found: [String]?
    for (ending, entry) in sample.labels.sorted(by: { $0.ending < $1.ending }) where found == nil {
      found = try names(entry, isJSON: ending == "json", in: file, place: place)
    }
    guard let found else {
      throw DatasetError(
        .data, "\(place): has no class; it stands in a file .cls, or in a .json with 'label'")
    }
    sources.append(
      .member(path: file.path, name: image.name, offset: image.offset, byteCount: image.byteCount))
    names.append(found)
  }

  private mutating func names(
    _ entry: TarIndex.Entry, isJSON: Bool, in file: InputFile, place: String
  ) throws(DatasetError) -> [String]? {
    guard entry.byteCount <= Self.labelByteLimit else {
      throw DatasetError(
        .data, "\(place): its class has \(entry.byteCount) bytes; \(Self.labelByteLimit) are read")
    }
    let bytes: [UInt8]
    do {
      bytes = try TarIndex.bytes(of: file, at: entry.offset, count: entry.byteCount)
    } catch {
      throw DatasetError(.file, "\(error)")
    }
    guard isJSON else {
      let text = String(validating: bytes, as: UTF8.self)?.split(whereSeparator: \.isNewline).first.map(
        String.init)
      guard let text, text.contains(where: { !$0.isWhitespace }) else {
        throw DatasetError(.data, "\(place): its .cls is not the name or the number of a class")
      }
      return labels.names(in: text.split(whereSeparator: \.isWhitespace).joined(separator: " "))
    }
    do {
      let names = try jsonLabels(bytes, reader: &labels)
      guard labels.form != .one || names != [""] else {
        throw DatasetError(.data, "\(place): its .json: the label is empty")
      }
      return names
    } catch let error as DatasetError {
      throw error
    } catch let fault as ManifestColumns.Ambiguity {
      throw DatasetError(.data, "\(place): \(fault.message)")
    } catch {
      throw DatasetError(.data, "\(place): its .json: \(error)")
    }
  }
}
