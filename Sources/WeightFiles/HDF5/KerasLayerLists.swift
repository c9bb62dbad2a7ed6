import Files
import Messages

/// The lists of a Keras 1 or 2 file: of its layers, and for each layer of its arrays.
///
/// Keras gives arrays to layers by the order of these lists, and takes no notice of names. Arrays are read here by their names, so
/// both must tell the same.
struct KerasLayerLists {
  /// The lists of layers, by the path of the group that has them.
  var layers: [String: [String]] = [:]
  /// The lists of arrays, by the path of the layer's group.
  var arrays: [String: [String]] = [:]

  /// The attribute in words, however many parts it was written in.
  static func list(
    _ name: String, of path: [String], _ attributes: HDF5AttributeTable, in bytes: HDF5Bytes
  ) throws(WeightFileError) -> [String]? {
    let whole = try attributes.texts(of: name)
    guard var all = try attributes.texts(of: name + "0") else { return whole }
    guard whole == nil else {
      let object = path.isEmpty ? "/" : path.joined(separator: "/")
      throw bytes.deceit("the attribute '\(name)' of '\(object.printable)' is there whole and in parts")
    }
    var part = 1
    while part < 1 << 12, let more = try attributes.texts(of: name + "\(part)") {
      all += more
      part += 1
    }
    return all
  }
}

extension HDF5Bytes {
  func deceit(_ what: String) -> WeightFileError {
    WeightFileError(
      .malformedHeader, file: file.path,
      "HDF5: \(what), and Keras and other programs may read other weights; do not trust this file")
  }
}

extension KerasLayerLists {
  /// One array of a layer, by the components of its path in the layer's group.
  private struct Entry {
    var index: Int
    var owner: [Substring]
    var word: Substring
  }

  /// Holds arrays against the lists and names them as their layers are named.
  ///
  /// - Parameter facts: takes the layers in Keras's order.
  /// - Returns: false for a file without lists of layers.
  func name(
    _ arrays: inout [StoredArray], noting facts: inout KerasFacts, in bytes: HDF5Bytes
  ) throws(WeightFileError) -> Bool {
    guard let (root, layers) = self.layers.first else { return false }
    guard self.layers.count == 1, ["", "model_weights"].contains(root) else {
      throw bytes.deceit(
        "lists of layers stand in \(self.layers.keys.sorted().map { "'/\($0)'".printable }.joined(separator: " and "))"
      )
    }
    var places: [String: Int] = [:]
    for (index, array) in arrays.enumerated() { places[array.name] = index }
    let known = Set(layers)
    guard known.count == layers.count else { throw bytes.deceit("a layer is listed twice") }
    var order: [String] = []
    var named: Set<Int> = []
    let prefix = root.isEmpty ? "" : root + "/"
    for layer in layers {
      let list = self.arrays[prefix + layer] ?? []
      var entries: [Entry] = []
      for name in list {
        let components = name.split(separator: "/", omittingEmptySubsequences: false)
        guard let index = places[prefix + layer + "/" + name], named.insert(index).inserted,
          let word = components.last
        else {
          throw bytes.deceit(
            "the layer '\(layer.printable)' lists the array '\(name.printable)', which its group does not have, or has under another name too"
          )
        }
        entries.append(Entry(index: index, owner: components.dropLast(), word: word))
      }
      let own = try self.layers(of: entries, in: layer, among: known, arrays, bytes)
      for (name, entry) in zip(own, entries) { arrays[entry.index].name = name + "/" + entry.word }
      if let first = own.first { order.append(first) }
      guard own.contains(where: { $0 != own.first }) else { continue }
      facts.innerArrays.append(
        zip(own, entries).map { name, entry in
          KerasFacts.InnerArray(layer: name, isStatistic: Self.rank(entry.word).map { $0 >= 2 } ?? false)
        })
    }
    for (index, array) in arrays.enumerated() where !named.contains(index) {
      // Beside all layers Keras keeps arrays that are the network's own.
      guard array.name.hasPrefix(prefix + "top_level_model_weights/") else {
        throw bytes.deceit("the array '\(array.name.printable)' is in no layer's list")
      }
    }
    facts.sequences = [order]
    return true
  }

  /// The layer of each array: the listed one, or one of the network that the listed one is.
  private func layers(
    of entries: [Entry], in layer: String, among all: Set<String>, _ arrays: [StoredArray], _ bytes: HDF5Bytes
  ) throws(WeightFileError) -> [String] {
    var names: [String] = []
    for entry in entries {
      guard let owner = entry.owner.last.map(String.init), !Self.isName(owner, of: layer) else {
        names.append(layer)
        continue
      }
      guard !all.contains(owner) else {
        throw bytes.deceit(
          "the group of the layer '\(layer.printable)' has an array of the layer '\(owner.printable)'")
      }
      names.append(owner)
    }
    var ranks: [String: Int] = [:]
    var vectors: [String: Int] = [:]
    for (name, entry) in zip(names, entries) where arrays[entry.index].dimensions.count == 1 {
      vectors[name, default: 0] += 1
    }
    for (name, entry) in zip(names, entries) {
      let rank = Self.rank(entry.word)
      // Arrays of other shapes cannot be taken for each other.
      guard rank != nil || vectors[name, default: 0] < 2 else {
        throw WeightFileError(
          .unsupportedTensor, file: bytes.file.path,
          "HDF5: the layer '\(name.printable)' has several vectors, of which '\(entry.word)' is none that is known; save the weights as .safetensors"
        )
      }
      guard let rank else { continue }
      guard rank > ranks[name] ?? -1 else {
        throw bytes.deceit("the layer '\(name.printable)' lists '\(entry.word)' in another order than Keras")
      }
      ranks[name] = rank
    }
    return names
  }

  /// True if a variable's scope is the layer's own, to which TensorFlow adds a number where it made the layer before.
  private static func isName(_ scope: String, of layer: String) -> Bool {
    guard scope.hasPrefix(layer) else { return false }
    let rest = scope.dropFirst(layer.count)
    return rest.isEmpty
      || rest.first == "_" && rest.count > 1 && rest.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
  }

  /// The place of an array in its layer's list.
  private static func rank(_ word: Substring) -> Int? {
    let name = word.hasSuffix(":0") ? word.dropLast(2) : word
    return switch name {
    case "gamma", "kernel", "depthwise_kernel": 0
    case "beta", "bias": 1
    case "moving_mean", "running_mean", "mean": 2
    case "moving_variance", "running_variance", "running_std", "variance": 3
    default: nil
    }
  }
}
