import Files
import ResZoo

/// The kind of content that a command writes into a file.
enum OutputKind: CaseIterable {
  case checkpoint
  /// Results and reports as text, CSV or JSON.
  case text
  /// A log of lines of JSON.
  case log
  /// Settings, as JSON.
  case settings
  /// An array of NumPy.
  case array
  /// Embeddings of images.
  case index
  case png
  case svg
  case dot
  /// Weights in a form of other programs, whose own rule for endings is elsewhere.
  case export

  /// The endings of such a file, the usual one first.
  private var endings: [String] {
    switch self {
    case .checkpoint: ["rzoo"]
    case .text: ["txt", "csv", "tsv", "json", "jsonl", "ndjson", "md", "log"]
    case .log: ["jsonl", "ndjson", "json", "log", "txt"]
    case .settings: ["json"]
    case .array: ["npy"]
    case .index: ["rzindex"]
    case .png: ["png"]
    case .svg: ["svg"]
    case .dot: ["dot", "gv"]
    case .export: ["safetensors", "onnx"]
    }
  }

  /// Endings of files that no command writes.
  private static let others: Set<String> = [
    "pth", "pt", "th", "ckpt", "h5", "hdf5", "keras", "npz", "pkl", "tflite", "xlsx", "xls", "pdf", "html",
    "zip", "tar", "gz",
  ]

  /// Refuses a file whose ending promises another kind of content; an ending that promises nothing is taken.
  func requireFitting(_ path: String) throws(Failure) {
    guard self != .export, let dot = path.lastPathPart.lastIndex(of: ".") else { return }
    let name = path.lastPathPart
    let ending = name[name.index(after: dot)...].lowercased()
    guard !endings.contains(ending) else { return }
    let isPromise =
      Self.others.contains(ending) || imageExtensions.contains(ending)
      || Self.allCases.contains { $0.endings.contains(ending) }
    guard isPromise else { return }
    throw Failure(
      .usage,
      "\(path): its name promises another kind of file than what is written; let it end in .\(endings[0])")
  }

  /// The content of a file that is not replaced unless the user says so, with an article; nil for any other. Exports of this program and
  /// drawings under their usual endings may be made again.
  static let valuableContent: @Sendable (String) -> String? = { path in
    if CheckpointReader.isCheckpoint(path: path) { return "a checkpoint" }
    if EmbeddingIndex.isIndex(path: path) { return "an index" }
    guard isRegularFile(path), let file = try? InputFile(path: path), file.byteCount > 0 else { return nil }
    let ending = path.split(separator: ".").last?.lowercased() ?? ""
    if isWeightFile(path), !(OutputKind.export.endings.contains(ending) && isOwnExport(path)) {
      return "weights"
    }
    let start = try? file.read(count: Int(min(64, file.byteCount)), at: 0)
    guard let start, let image = imageExtension(of: [UInt8](copying: start.bytes)) else { return nil }
    return image == "png" && ending == "png" ? nil : "an image"
  }
}
