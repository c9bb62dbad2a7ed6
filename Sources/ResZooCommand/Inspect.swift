import ArgumentParser
import ResZoo

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what a checkpoint holds, without reading its weights.",
    discussion: """
      EXAMPLE
        reszoo inspect resnet50.rzoo --tensors
      """)

  @Argument(help: "A checkpoint (.rzoo).")
  var file: String

  @Flag(help: "List every tensor.")
  var tensors = false

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var bases: BaseOptions

  func run() throws {
    let (index, stack) = try open()
    let descriptor: ModelDescriptor
    do {
      descriptor = try index.modelDescriptor()
    } catch {
      throw Failure(error, path: file)
    }
    let packaging = Packaging(stack, index: index, descriptor: descriptor)
    let sink = try Output(path: nil)
    if json {
      try sink.write(
        JSONText.pretty(
          InspectionRecord(
            file: file, index: index, descriptor: descriptor, packaging: packaging, tensors: tensors))
          + "\n")
    } else {
      try sink.write(
        InspectionText(file: file, index: index, descriptor: descriptor, packaging: packaging).text)
      if tensors { try sink.write("\n" + tensorTable(index)) }
    }
    try sink.finish()
  }

  /// The bases of a delta are shown where they are found; without any named, it is no fault that they are not.
  private func open() throws(Failure) -> (CheckpointIndex, CheckpointStack?) {
    do throws(CheckpointError) {
      let reader = try CheckpointReader(path: file)
      do throws(CheckpointError) {
        return (reader.index, try CheckpointStack(reader, bases: bases.search))
      } catch {
        guard error.code == .baseNotFound, bases.base.isEmpty else { throw error }
        return (reader.index, nil)
      }
    } catch {
      throw Failure(error, path: file)
    }
  }

  private func tensorTable(_ index: CheckpointIndex) -> String {
    Table(
      head: ["tensor", "shape", "type", "bytes", "stored", "chunks"],
      rows: index.entries.map { entry in
        [
          entry.name, entry.shape.description, entry.elementType.rawValue, entry.decodedByteCount.grouped,
          entry.storedByteCount.grouped, "\(entry.chunkCount)",
        ]
      }
    ).text
  }
}

/// An inspection as people read it.
private struct InspectionText {
  let file: String
  let index: CheckpointIndex
  let descriptor: ModelDescriptor
  let packaging: Packaging

  var text: String {
    let rows = architecture + input + origin + storage + packaging.rows
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { name, value in
      name.printable + String(repeating: " ", count: width - name.count) + "  " + value.printable + "\n"
    }.joined()
  }

  private var architecture: [(String, String)] {
    let net = descriptor.architecture
    var rows = [("architecture", net.name ?? "custom"), ("classes", "\(net.classes)")]
    do {
      let graph = try Graph(net)
      rows.append(("parameters", graph.parameterCount.grouped))
      rows.append(("multiply-adds", try graph.multiplyAdds().grouped))
    } catch {
      rows.append(("cannot run", error.description))
    }
    return rows
  }

  private var input: [(String, String)] {
    let record = descriptor.preprocessing
    let size = record.inputSize.map(String.init).joined(separator: "×")
    let steps: String
    if let resize = record.resize, let crop = record.crop {
      steps = "resize \(resize), crop \(crop) (\(record.cropMode.rawValue))"
    } else {
      steps = "as they are, others scaled"
    }
    func list(_ values: [Double]) -> String { values.map { "\($0)" }.joined(separator: " ") }
    var rows = [
      ("input", size), ("preprocessing", "\(steps), \(record.interpolation.rawValue)"),
      ("mean", list(record.mean)), ("std", list(record.std)),
      ("policies", "EXIF orientation: \(record.exif.rawValue), 16-bit grey: \(record.gray16.rawValue)"),
    ]
    if let labels = descriptor.labels {
      let shown = labels.prefix(4).joined(separator: ", ")
      rows.append(("labels", labels.count > 4 ? "\(shown), … (\(labels.count))" : shown))
    } else {
      rows.append(("labels", "none"))
    }
    return rows
  }

  private var origin: [(String, String)] {
    let origin = descriptor.origin
    var rows = [("origin", origin.kind == .untrained ? "UNTRAINED" : origin.kind.rawValue)]
    if let source = origin.source { rows.append(("source", source)) }
    if let sha256 = origin.sha256 { rows.append(("source SHA-256", sha256)) }
    if let license = origin.license { rows.append(("licence", license)) }
    if let seed = origin.seed { rows.append(("seed", "\(seed)")) }
    for (name, value) in descriptor.metrics.sorted(by: { $0.key < $1.key }) {
      rows.append((name, "\(value)"))
    }
    return rows
  }

  private var storage: [(String, String)] {
    let ratio = Double(index.fileByteCount) / Double(max(1, index.decodedByteCount))
    return [
      ("format version", "\(index.formatVersion), readable from \(index.minimumReaderVersion)"),
      ("tensors", "\(index.entries.count), \(index.decodedByteCount.grouped) bytes"),
      ("file", "\(Int(index.fileByteCount).grouped) bytes, \(ratio.text(decimals: 4)) of the tensors"),
      ("content root", index.contentRootHex),
    ]
  }
}

/// An inspection as JSON.
private struct InspectionRecord: Encodable {
  struct TensorRecord: Encodable {
    var name: String
    var shape: [Int]
    var type: String
    var bytes: Int
    var storedBytes: Int
    var chunks: Int
  }

  var file: String
  var formatVersion: UInt16
  var minimumReaderVersion: UInt16
  var fileBytes: UInt64
  var indexBytes: UInt64
  var tensorBytes: Int
  var storedBytes: Int
  var contentRoot: String
  var architecture: Architecture
  var parameters: Int?
  var multiplyAdds: Int?
  var unsupported: String?
  var preprocessing: Preprocessing
  var labels: [String]?
  var origin: Origin
  var metrics: [String: Double]
  var base: Packaging.Base?
  var signatures: [Packaging.Signature]?
  var recipe: [String: String]?
  var notes: String?
  var trace: Packaging.Trace?
  var tensorCount: Int
  var tensors: [TensorRecord]?

  init(file: String, index: CheckpointIndex, descriptor: ModelDescriptor, packaging: Packaging, tensors: Bool)
  {
    base = packaging.base
    signatures = packaging.signatures
    recipe = packaging.recipe
    notes = packaging.notes
    trace = packaging.trace
    self.file = file
    formatVersion = index.formatVersion
    minimumReaderVersion = index.minimumReaderVersion
    fileBytes = index.fileByteCount
    indexBytes = index.indexByteCount
    tensorBytes = index.decodedByteCount
    storedBytes = index.storedByteCount
    contentRoot = index.contentRootHex
    architecture = descriptor.architecture
    do {
      let graph = try Graph(descriptor.architecture)
      parameters = graph.parameterCount
      multiplyAdds = try graph.multiplyAdds()
    } catch {
      unsupported = error.description
    }
    preprocessing = descriptor.preprocessing
    labels = descriptor.labels
    origin = descriptor.origin
    metrics = descriptor.metrics
    tensorCount = index.entries.count
    guard tensors else { return }
    self.tensors = index.entries.map {
      TensorRecord(
        name: $0.name, shape: $0.shape.dimensions, type: $0.elementType.rawValue, bytes: $0.decodedByteCount,
        storedBytes: $0.storedByteCount, chunks: $0.chunkCount)
    }
  }
}
