import Files
import Messages
import TensorCore

/// Opens the weights that Keras keeps in HDF5: a `.h5` file, or the one within a `.keras` archive.
///
/// - Parameters:
///   - range: the part of the file that is HDF5.
///   - configuration: the network's configuration, where it lies beside the weights.
/// - Throws: ``WeightFileError`` with any code of headers and tensors.
func openKeras(
  _ file: InputFile, in range: Range<Int>, container: String, configuration: [UInt8]? = nil
) throws(WeightFileError) -> ArrayWeights {
  var walk = KerasWalk(HDF5Bytes(file: file, range: range), container: container)
  try walk.run()
  let total = walk.arrays.reduce(0.0) {
    $0 + Double($1.record.map { $0.elementCount * $0.type.byteCount } ?? 0)
  }
  guard total <= Double(range.count) else {
    throw WeightFileError(
      .tensorExpansion, file: file.path,
      "the arrays have \(Int(min(total, 1e18))) bytes together, and the file only \(range.count): some lie over each other"
    )
  }
  var notes: [Remark] = []
  if walk.skipped > 0 { notes.append("left out: \(walk.skipped) arrays of the optimizer, unread") }
  var facts = walk.facts
  facts.configuration = configuration ?? facts.configuration
  return try ArrayWeights(file, container: container, arrays: walk.arrays, notes: notes, keras: facts)
}

/// Opens a `.keras` archive, whose weights are one HDF5 file in it.
func openKerasArchive(_ file: InputFile) throws(WeightFileError) -> ArrayWeights {
  let entries = try ZipArchive(file).entries
  guard let entry = entries.first(where: { $0.name == "model.weights.h5" }) else {
    throw WeightFileError(
      .missingEntry, file: file.path, "a Keras archive without 'model.weights.h5'; save the model again")
  }
  guard entry.method == .stored else {
    throw WeightFileError(
      .unsupportedCompression, file: file.path,
      "'model.weights.h5' is compressed in the archive; unpack it, and give that file")
  }
  guard let config = entries.first(where: { $0.name == "config.json" }),
    config.byteCount <= configurationLimit
  else {
    throw WeightFileError(
      .missingEntry, file: file.path,
      "a Keras archive without 'config.json', or with one of more than \(configurationLimit) bytes; save the model again"
    )
  }
  let text = try StoredBytes(config).read(from: file)
  let configuration = [UInt8](copying: text.bytes)
  let weights = try openKeras(
    file, in: entry.start..<(entry.start + entry.byteCount), container: "a Keras archive",
    configuration: configuration)
  // All bytes are read for it, so what is no HDF5 file is refused before.
  try StoredBytes(entry).verify(in: file)
  return weights
}

/// Most bytes of a network's configuration; that of 152 layers has half a million.
private let configurationLimit = 16 << 20

/// Visits the groups of a Keras file and names its arrays as Keras names its weights: `conv1_conv/kernel`.
struct KerasWalk {
  private let bytes: HDF5Bytes
  private let container: String
  private(set) var arrays: [StoredArray] = []
  /// The number of arrays that are no weights of the network.
  private(set) var skipped = 0
  /// The statements about layers beside the arrays.
  private(set) var facts = KerasFacts()
  private var lists = KerasLayerLists()
  private var visited: Set<Int> = []
  private var pathSize = 0

  private enum Limit {
    static let depth = 32
    static let objects = 1 << 16
    static let paths = 16 << 20
  }

  init(_ bytes: HDF5Bytes, container: String) {
    self.bytes = bytes
    self.container = container
  }

  mutating func run() throws(WeightFileError) {
    try visit(try rootHeader(), path: [], layer: nil)
    if try lists.name(&arrays, noting: &facts, in: bytes) {
      guard facts.layers.isEmpty else {
        throw bytes.deceit("the file has lists of layers, and layers by paths")
      }
      return
    }
    facts.sequences = try counted()
    // Older files have the layer's name in both the group and the array's own name.
    let short = arrays.map { $0.name.split(separator: "/").suffix(2).joined(separator: "/") }
    guard Set(short).count == short.count else { return }
    for index in arrays.indices { arrays[index].name = short[index] }
  }

  /// The header of the root group (II.A, superblock of version 0 or 1).
  private func rootHeader() throws(WeightFileError) -> Int {
    let signature = [0x89] + Array("HDF\r\n\u{1A}\n".utf8)
    guard bytes.range.count >= 96, try bytes.bytes(at: 0, count: 8) == signature else {
      throw WeightFileError(
        .malformedHeader, file: bytes.file.path,
        "\(container) whose weights are no HDF5 file; save the model again")
    }
    let start = try bytes.cursor(at: 0, count: 24)
    try start.skip(8)
    let version = try start.byte()
    guard version <= 1 else {
      throw WeightFileError(
        .unsupportedVersion, file: bytes.file.path,
        "an HDF5 file in the newer layout (superblock \(version)), which is not read; save the weights as .safetensors, or with "
          + "h5py's libver='earliest'")
    }
    try start.skip(4)
    guard try start.byte() == 8, try start.byte() == 8 else { throw bytes.fault("addresses of another size") }
    let rest = try bytes.cursor(at: version == 0 ? 24 : 28, count: 48)
    guard try rest.hdf5Address() == 0 else { throw bytes.fault("addresses that count from elsewhere") }
    try rest.skip(32)  // Free space, end, driver, name of the root.
    return try rest.hdf5Address()
  }

  private mutating func visit(_ address: Int, path: [String], layer: Layer?) throws(WeightFileError) {
    guard path.count <= Limit.depth, visited.count < Limit.objects else {
      throw bytes.fault(
        "more than \(Limit.objects) objects, or \(Limit.depth) groups within each other", at: address)
    }
    // An object of two names is listed once.
    guard visited.insert(address).inserted else { return }
    pathSize += path.reduce(0) { $0 + $1.utf8.count }
    guard pathSize <= Limit.paths else {
      throw bytes.fault("paths of more than \(Limit.paths) bytes", at: address)
    }
    let header = try HDF5Header(bytes, at: address)
    try header.requireOneMeaning(of: path.isEmpty ? "/" : path.joined(separator: "/"), path: bytes.file.path)
    if let table = header.message(0x11, path: bytes.file.path) {
      let group = try HDF5Group(bytes, tree: table.hdf5Address(), heap: table.hdf5Address())
      let attributes = try HDF5AttributeTable(
        header, of: path.isEmpty ? "/" : path.joined(separator: "/"), in: bytes)
      try note(attributes, at: path)
      var layer = layer
      if path.last == "vars" {
        let name = try text("name", attributes)
        layer = name.map { Layer(name: $0, arrayCount: group.entries.count) }
        if let name, !group.entries.isEmpty { facts.layers[path.dropLast().joined(separator: "/")] = name }
      }
      for entry in group.entries {
        try visit(entry.header, path: path + [entry.name], layer: layer)
      }
    } else if let array = try StoredArray(header, name: name(path, layer: layer), in: bytes) {
      if ["optimizer", "optimizer_weights"].contains(path.first) {
        skipped += 1
      } else {
        arrays.append(array)
      }
    }
  }

  /// Keeps what a group says of layers.
  private mutating func note(_ attributes: HDF5AttributeTable, at path: [String]) throws(WeightFileError) {
    if path.isEmpty, let configuration = try text("model_config", attributes) {
      facts.configuration = Array(configuration.utf8)
    }
    let place = path.joined(separator: "/")
    guard !["optimizer", "optimizer_weights"].contains(path.first) else { return }
    if let names = try KerasLayerLists.list("layer_names", of: path, attributes, in: bytes) {
      lists.layers[place] = names
    }
    if let names = try KerasLayerLists.list("weight_names", of: path, attributes, in: bytes) {
      lists.arrays[place] = names
    }
  }

  /// The text of an attribute of one element.
  private func text(_ name: String, _ attributes: HDF5AttributeTable) throws(WeightFileError) -> String? {
    let texts = try attributes.texts(of: name)
    return texts?.count == 1 ? texts?.first : nil
  }

  /// The layers with arrays in the order of their numbers, each class in each group apart: Keras 3 counts so, and takes no notice of
  /// the names.
  private func counted() throws(WeightFileError) -> [[String]] {
    var classes: [String: [(number: Int, name: String)]] = [:]
    for (path, name) in facts.layers {
      let word = path.split(separator: "_").last ?? ""
      guard !word.isEmpty, word.allSatisfy({ $0.isASCII && $0.isNumber }), path.count > word.count else {
        classes[path, default: []].append((0, name))
        continue
      }
      guard let number = Int(word), number > 0, word.first != "0" else {
        throw bytes.deceit("the group '\(path.printable)' has a number that Keras does not give")
      }
      classes[String(path.dropLast(word.count + 1)), default: []].append((number, name))
    }
    return classes.sorted { $0.key < $1.key }.map { $0.value.sorted { $0.number < $1.number }.map(\.name) }
  }

  /// A layer of Keras 3.
  private struct Layer {
    var name: String
    var arrayCount: Int
  }

  /// The name of an array: in Keras 3 its layer's, with a word for its number, as other files have it.
  private func name(_ path: [String], layer: Layer?) -> String {
    let place = path.joined(separator: "/")
    guard let layer, !layer.name.isEmpty, path.count >= 3, path[path.count - 2] == "vars",
      let last = path.last, let number = Int(last), String(number) == last
    else { return place }
    let isNorm = path[path.count - 3].hasPrefix("batch_normalization")
    let words = isNorm ? ["gamma", "beta", "moving_mean", "moving_variance"] : ["kernel", "bias"]
    // Without a scale or a shift the other numbers mean other arrays.
    guard words.indices.contains(number), !isNorm || layer.arrayCount == words.count else { return place }
    return layer.name + "/" + words[number]
  }
}
