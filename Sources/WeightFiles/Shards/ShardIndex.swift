import Files
import Messages
import StrictJSON

/// An index of several files of weights that hold one model together:
/// `{"metadata": {…}, "weight_map": {"NAME": "FILE", …}}`. The files are safetensors files or PyTorch's.
struct ShardIndex {
  /// Bytes that an index may have.
  static let sizeLimit = 16 << 20
  /// Most files that it may name; each stays open.
  static let shardLimit = 128

  private let path: String
  /// The file of each tensor.
  private var shards: [String: String] = [:]

  /// True if a file that begins so may be an index.
  static func isLikely(_ first: [UInt8]) -> Bool {
    !SafetensorsHeader.isLikely(first)
      && first.first { ![0x20, 0x0A, 0x0D, 0x09].contains($0) } == UInt8(ascii: "{")
      // A length that begins with the byte of '{' has zeros behind it, which no JSON has.
      && !first.contains(0)
  }

  /// - Throws: ``WeightFileError`` with `malformedIndex`, `duplicateTensor` or `unsafePath`.
  init(_ file: InputFile) throws(WeightFileError) {
    path = file.path
    guard file.size <= Self.sizeLimit else {
      throw WeightFileError(
        .malformedIndex, file: path, "\(file.size) bytes; an index has at most \(Self.sizeLimit)")
    }
    var scanner = JSONScanner(try file.array(in: 0..<file.size))
    do {
      try parse(&scanner)
    } catch {
      throw error as? WeightFileError ?? WeightFileError(.malformedIndex, file: path, "\(error)")
    }
  }

  private mutating func parse(_ scanner: inout JSONScanner) throws {
    var hasMap = false
    try scanner.open(.object)
    while let name = try scanner.nextName() {
      guard name == "weight_map" else {
        try scanner.skipValue()
        continue
      }
      guard !hasMap else { throw scanner.fault("'weight_map' is there twice") }
      hasMap = true
      try parseMap(&scanner)
    }
    try scanner.expectEnd()
    guard !shards.isEmpty else {
      throw scanner.fault(
        "there is no 'weight_map' that names a tensor, so that this JSON file is no index of weights; give the file of weights that it "
          + "belongs to")
    }
    let count = Set(shards.values).count
    guard count <= Self.shardLimit else {
      throw scanner.fault("\(count) files; at most \(Self.shardLimit) are read")
    }
  }

  private mutating func parseMap(_ scanner: inout JSONScanner) throws {
    try scanner.open(.object)
    while let name = try scanner.nextName(limit: TensorLimit.name) {
      let shard = try scanner.string(limit: TensorLimit.name)
      // A name without a separator cannot lead out of the folder; what stands there is the user's own.
      guard !shard.isEmpty, shard != ".", shard != "..", shard.printable == shard,
        !shard.hasByte("/"), !shard.hasByte("\\")
      else {
        throw WeightFileError(
          .unsafePath, file: path,
          "'\(shard.printable)' must be the name of a file beside the index, without a folder")
      }
      guard shards.updateValue(shard, forKey: name) == nil else {
        throw WeightFileError(.duplicateTensor, file: path, "'\(name.printable)' is there twice")
      }
      guard shards.count <= SafetensorsHeader.countLimit else {
        throw scanner.fault("more than \(SafetensorsHeader.countLimit) tensors")
      }
    }
  }

  /// Opens every file, and checks that they hold what the index says and nothing else.
  ///
  /// - Throws: ``WeightFileError``.
  func open() throws(WeightFileError) -> ShardedWeights {
    var files: [any WeightSource] = []
    var present: Set<String> = []
    for name in Set(shards.values).sorted() {
      let file = try openShard(name)
      for tensor in file.tensors {
        guard let shard = shards[tensor.name], shard == name else {
          let expected =
            shards[tensor.name].map { "is to be in '\($0)'" } ?? "is not in the index"
          throw WeightFileError(
            .shards, file: file.path, "\(tensor.name.printable) is here, but \(expected)")
        }
        present.insert(tensor.name)
      }
      files.append(file)
    }
    guard present.count == shards.count else {
      let missing = shards.keys.filter { !present.contains($0) }.sorted()
      throw WeightFileError(
        .shards, file: path,
        "\(missing.count) tensors of the index are in none of its files: "
          + Remark(missing.prefix(12).map(\.printable).joined(separator: ", ")))
    }
    return ShardedWeights(files, index: path)
  }

  private func openShard(_ name: String) throws(WeightFileError) -> any WeightSource {
    let file = try InputFile.open(siblingPath(of: path, name))
    // The reader of the format that the name promises says best where a file departs from it.
    if name.hasSuffix(".safetensors") { return SafetensorsWeights(try SafetensorsFile(file)) }
    switch try FileKind(file) {
    case .pytorch(let container): return try PyTorchFile(file, container: container)
    case .safetensors: return SafetensorsWeights(try SafetensorsFile(file))
    case .numpy, .hdf5, .keras, .onnx, .checkpoint, .other:
      throw WeightFileError(
        .unknownFormat, file: file.path,
        "the index names it, but it is neither a safetensors nor a PyTorch file; download it again")
    }
  }
}

/// The path of a file in the folder of another.
package func siblingPath(of path: String, _ name: String) -> String {
  path.folderPart + name
}

/// True if a file's name is that of an index of shards.
package func isShardIndex(_ path: String) -> Bool { path.hasSuffix(".index.json") }
