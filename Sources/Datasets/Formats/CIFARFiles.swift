import Files
import Messages
import TensorCore

/// CIFAR's binary files: records of label bytes and an image of 32×32 as three planes, red, green and blue (Krizhevsky,
/// "Learning Multiple Layers of Features from Tiny Images", and the data set's page).
struct CIFARFiles {
  /// The height and width of the images.
  static let side = 32
  /// The bytes of an image.
  static let imageBytes = 3 * side * side

  /// One of the two data sets.
  enum Kind {
    /// One label byte.
    case ten
    /// A coarse and a fine label; the fine one counts.
    case hundred

    var labelBytes: Int { self == .ten ? 1 : 2 }
    var recordBytes: Int { labelBytes + CIFARFiles.imageBytes }
    var classes: Int { self == .ten ? 10 : 100 }
    var namesFile: String { self == .ten ? "batches.meta.txt" : "fine_label_names.txt" }
  }

  /// The files with training images in a folder, sorted: `data_batch_….bin` or `train.bin`; none if it has none.
  static func names(in folder: String) -> [String] {
    FolderListing.names(in: folder, endingIn: ".bin", limit: 1000).filter {
      $0.hasPrefix("data_batch") || $0 == "train.bin"
    }
  }

  /// The kind that a file's name says, or its size if only one fits.
  static func kind(of path: String, byteCount: UInt64) -> Kind? {
    let name = path.lastPathPart
    if name.hasPrefix("data_batch") || name.hasPrefix("test_batch") { return .ten }
    if name == "train.bin" || name == "test.bin" { return .hundred }
    let fitting = [Kind.ten, .hundred].filter { byteCount % UInt64($0.recordBytes) == 0 }
    return fitting.count == 1 ? fitting[0] : nil
  }

  /// The byte at which the image of a record begins in its file.
  static func offsetOfImage(_ index: Int, byteCount: UInt64, path: String) -> UInt64 {
    let kind = kind(of: path, byteCount: byteCount) ?? .ten
    return UInt64(index * kind.recordBytes + kind.labelBytes)
  }
}

extension ImageSet {
  /// Opens CIFAR's binary files: one of them, or all training files of a folder (the test file is a separate set).
  ///
  /// The classes are named by `batches.meta.txt` or `fine_label_names.txt` in the same folder, else by their numbers.
  ///
  /// - Throws: ``DatasetError`` with ``DatasetError/Code/data`` when the size of a file or a label is impossible, or with
  ///   ``DatasetError/Code/file``.
  public init(cifar path: String) throws(DatasetError) {
    let names = CIFARFiles.names(in: path)
    let paths = names.isEmpty ? [path] : names.map { path.hasSuffix("/") ? path + $0 : path + "/" + $0 }
    var kind: CIFARFiles.Kind?
    var sources: [ImageSource] = []
    var labelOfSource: [Int] = []
    for path in paths {
      let (fileKind, labels) = try Self.cifarLabels(path)
      guard kind == nil || kind == fileKind else {
        throw DatasetError(.data, "\(path): is of the other CIFAR than the files beside it; keep them apart")
      }
      kind = fileKind
      labelOfSource += labels
      sources += labels.indices.map { .record(path: path, index: $0) }
    }
    let labels = try Self.cifarNames(kind ?? .ten, folder: FolderListing.folder(of: paths[0]))
    self.init(sources: sources, labels: labels, labelOfSource: labelOfSource, path: path)
  }

  private static func cifarLabels(_ path: String) throws(DatasetError) -> (CIFARFiles.Kind, [Int]) {
    do {
      let file = try InputFile(path: path)
      guard let kind = CIFARFiles.kind(of: path, byteCount: file.byteCount), file.byteCount > 0,
        file.byteCount % UInt64(kind.recordBytes) == 0
      else {
        throw DatasetError(
          .data,
          """
          \(path): \(file.byteCount) bytes are no whole number of CIFAR's records (3073 bytes in CIFAR-10, 3074 in \
          CIFAR-100); copy or download it again
          """)
      }
      let labels = try readLabels(file, kind)
      if let index = labels.firstIndex(where: { $0 >= kind.classes }) {
        throw DatasetError(
          .data,
          "\(path): record \(index) is of class \(labels[index]), but there are \(kind.classes); is it CIFAR's file?"
        )
      }
      return (kind, labels)
    } catch let error as DatasetError {
      throw error
    } catch {
      throw DatasetError(.file, "\(error)")
    }
  }

  /// The class of each record.
  private static func readLabels(_ file: InputFile, _ kind: CIFARFiles.Kind) throws(FileError) -> [Int] {
    let count = Int(file.byteCount) / kind.recordBytes
    var labels: [Int] = []
    var next = 0
    while next < count {
      let records = min(256, count - next)
      let block = try file.read(count: records * kind.recordBytes, at: UInt64(next * kind.recordBytes))
      let bytes = block.bytes
      for record in 0..<records {
        labels.append(
          Int(
            unsafe bytes.unsafeLoad(
              fromByteOffset: record * kind.recordBytes + kind.labelBytes - 1, as: UInt8.self)))
      }
      next += records
    }
    return labels
  }

  private static func cifarNames(_ kind: CIFARFiles.Kind, folder: String) throws(DatasetError) -> [String] {
    let path = folder + "/" + kind.namesFile
    guard isRegularFile(path) else { return (0..<kind.classes).map { "\($0)" } }
    let bytes: [UInt8]
    do {
      bytes = try InputFile(path: path).readAll(limit: 1 << 20)
    } catch {
      throw DatasetError(.file, "\(error)")
    }
    let lines = bytes.split { $0 == 0x0A || $0 == 0x0D }.compactMap { String(validating: $0, as: UTF8.self) }
    guard lines.count == kind.classes, Set(lines).count == kind.classes else {
      throw DatasetError(
        .data,
        "\(path): \(lines.count) lines where the names of \(kind.classes) classes must be; repair or remove it"
      )
    }
    return lines
  }
}
