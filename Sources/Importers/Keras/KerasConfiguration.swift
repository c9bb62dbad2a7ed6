import ModelDescriptor

/// A fault of a network's configuration: a phrase that names the layer.
struct KerasFault: Error {
  var message: String

  init(_ message: String) { self.message = message }
}

/// The layers of a network as Keras's configuration describes them, those of networks within it among the others.
struct KerasConfiguration {
  struct Layer {
    /// Its name, behind the names of the networks around it.
    var id: String
    var name: String
    /// The name of its class.
    var kind: String
    var settings: [String: JSONValue]
    /// The ids of the layers that it reads.
    var inputs: [String]
  }

  /// The layers that the output depends on, in the order in which Keras hands them their arrays.
  private(set) var layers: [Layer] = []
  /// The names of layers by the paths of their groups in files that go by these.
  private(set) var paths: [String: String] = [:]
  /// The id of the layer that puts out the answer.
  private(set) var output = ""
  /// The class of a network with code of its own, which is not read.
  private(set) var unknownClass: String?

  /// The names of layers with arrays that are not trained.
  private(set) var frozen: Set<String> = []
  /// A layer with arrays that is trained within a network that is not; programs differ in what becomes of it.
  private(set) var halfTrained: String?

  /// The id that stands for the images where no layer does.
  static let images = ""
  /// Most layers of all networks together.
  private static let layerLimit = 1 << 13
  private static let networks: Set<String> = ["Functional", "Model", "Sequential"]

  init(_ value: JSONValue) throws(KerasFault) {
    let top = try KerasObject(value, "the configuration")
    guard Self.networks.contains(top.kind), top.isOfKeras else {
      unknownClass = top.kind
      return
    }
    output = try add(top, prefix: "", path: "layers/", reading: nil, isTrained: try Self.isTrained(top))
  }

  /// Adds the layers of a network.
  ///
  /// - Parameters:
  ///   - prefix: the names of the networks around, each with a slash.
  ///   - path: the path of the group of its layers.
  ///   - input: the layer whose values a network within another one reads.
  ///   - isTrained: false for a network that is not trained, or is within one.
  /// - Returns: the id of the last layer.
  private mutating func add(
    _ network: KerasObject, prefix: String, path: String, reading input: String?, isTrained: Bool
  ) throws(KerasFault) -> String {
    let members = try KerasNetworkLayers(network, limit: Self.layerLimit)
    var ids: [String: String] = [:]
    var counts: [String: Int] = [:]
    for (name, layer) in members.layers {
      let id = prefix + name
      // Files go by the number of layers of a class before it.
      let snake = Self.pathNames[layer.kind] ?? layer.kind
      let count = counts[snake, default: 0]
      counts[snake] = count + 1
      let own = path + snake + (count == 0 ? "" : "_\(count)")
      var inputs: [String] = []
      for name in members.inputs[name] ?? [] {
        guard let id = ids[name] else {
          throw KerasFault("the layer '\(name)' is read before it is computed")
        }
        inputs.append(id)
      }
      if layer.kind == "InputLayer" {
        ids[name] = input ?? id
        if input != nil { continue }
      } else if Self.networks.contains(layer.kind) {
        guard inputs.count <= 1 else { throw KerasFault("the network '\(name)' reads several layers") }
        let outer = inputs.first ?? input ?? Self.images
        let isInnerTrained = try Self.isTrained(layer)
        ids[name] = try add(
          layer, prefix: id + "/", path: own + "/layers/", reading: outer,
          isTrained: isTrained && isInnerTrained)
        continue
      } else {
        ids[name] = id
      }
      // The first layer of a sequence reads what the sequence does.
      if inputs.isEmpty, layer.kind != "InputLayer", let input { inputs = [input] }
      if Self.hasArrays(layer.kind) {
        let own = try Self.isTrained(layer)
        if !own { frozen.insert(name) } else if !isTrained { halfTrained = halfTrained ?? name }
      }
      guard layers.count < Self.layerLimit else { throw KerasFault("it has too many layers") }
      layers.append(
        Layer(id: id, name: name, kind: layer.kind, settings: layer.settings, inputs: inputs))
      if Self.pathNames[layer.kind] != nil { paths[own] = name }
    }
    guard let last = ids[members.output] else { throw KerasFault("the output is no layer") }
    return last
  }

  private static func isTrained(_ layer: KerasObject) throws(KerasFault) -> Bool {
    switch layer.settings["trainable"] {
    case nil, .null?, .boolean(true)?: true
    case .boolean(false)?: false
    default: throw KerasFault("'\(layer.name)' does not say plainly if it is trained")
    }
  }

  /// The words for layers with arrays in the paths of files.
  private static let pathNames = [
    "Conv2D": "conv2d", "BatchNormalization": "batch_normalization", "Dense": "dense",
    "Functional": "functional", "Model": "functional", "Sequential": "sequential",
  ]

  /// True if layers of a class have arrays.
  static func hasArrays(_ kind: String) -> Bool { ["Conv2D", "BatchNormalization", "Dense"].contains(kind) }
}

/// One object of a configuration: a class, and its settings.
struct KerasObject {
  var kind: String
  var name: String
  /// The class comes with Keras.
  var isOfKeras: Bool
  var settings: [String: JSONValue]
  var members: [String: JSONValue]

  private static let known: Set<String> = [
    "class_name", "config", "module", "registered_name", "name", "inbound_nodes", "build_config",
    "compile_config", "shared_object_id",
  ]

  init(_ value: JSONValue, _ what: String) throws(KerasFault) {
    guard case .object(let members) = value, case .string(let kind)? = members["class_name"] else {
      throw KerasFault("\(what) is no object with a class")
    }
    self.members = members
    self.kind = kind
    switch members["config"] {
    case .object(let settings)?: self.settings = settings
    // The first versions of sequences.
    case .array(let layers)? where kind == "Sequential": settings = ["layers": .array(layers)]
    default: throw KerasFault("\(what), a \(kind), has no settings")
    }
    if case .string(let name)? = settings["name"] { self.name = name } else { name = "" }
    if let unknown = members.keys.sorted().first(where: { !Self.known.contains($0) }) {
      throw KerasFault("'\(name)' has the member '\(unknown)', which is not known")
    }
    let module: String? = if case .string(let text)? = members["module"] { text } else { nil }
    let isRegistered =
      switch members["registered_name"] {
      case nil, .null?: false
      case .string(let text)?: text != kind
      default: true
      }
    isOfKeras =
      !isRegistered
      && (module.map { module in
        ["keras", "tensorflow.python.keras", "tensorflow.keras", "tf_keras"].contains {
          module == $0 || module.hasPrefix($0 + ".")
        }
      } ?? true)
  }
}
