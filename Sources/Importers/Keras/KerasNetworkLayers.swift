import ModelDescriptor

/// The layers of one network in a configuration, in the order in which Keras has them.
struct KerasNetworkLayers {
  private(set) var layers: [(name: String, layer: KerasObject)] = []
  /// The names of the layers that each layer reads.
  private(set) var inputs: [String: [String]] = [:]
  private(set) var output = ""

  private typealias Fault = KerasFault

  init(_ network: KerasObject, limit: Int) throws(KerasFault) {
    guard case .array(let values)? = network.settings["layers"], !values.isEmpty, values.count <= limit else {
      throw Fault("the network '\(network.name)' has no layers, or too many")
    }
    let known = [
      "name", "trainable", "dtype", "layers", "input_layers", "output_layers", "build_input_shape",
      "batch_input_shape",
    ]
    if let unknown = network.settings.keys.sorted().first(where: { !known.contains($0) }) {
      throw Fault("the network '\(network.name)' has the setting '\(unknown)', which is not known")
    }
    var objects: [String: KerasObject] = [:]
    var last = ""
    for value in values {
      let layer = try KerasObject(value, "a layer")
      guard layer.isOfKeras else {
        throw Fault("'\(layer.name)' (\(layer.kind)) has code of its own, which is not read")
      }
      guard !layer.name.isEmpty, layer.members["name"] ?? .string(layer.name) == .string(layer.name) else {
        throw Fault("a \(layer.kind) has no name, or two")
      }
      guard objects.updateValue(layer, forKey: layer.name) == nil else {
        throw Fault("two layers are named '\(layer.name)'")
      }
      if network.kind == "Sequential" {
        layers.append((layer.name, layer))
        if !last.isEmpty { inputs[layer.name] = [last] }
      } else {
        inputs[layer.name] = try Self.inputs(of: layer)
      }
      last = layer.name
    }
    if network.kind == "Sequential" {
      output = last
      return
    }
    output = try Self.port(network.settings["output_layers"], "output", of: network)
    let input = try Self.port(network.settings["input_layers"], "input", of: network)
    guard objects[input]?.kind == "InputLayer" else { throw Fault("the input '\(input)' is no InputLayer") }
    try sort(objects)
    guard layers.allSatisfy({ $0.layer.kind != "InputLayer" || $0.name == input }) else {
      throw Fault("the network '\(network.name)' has several inputs")
    }
  }

  /// The only input or output of a network.
  private static func port(
    _ value: JSONValue?, _ word: String, of network: KerasObject
  ) throws(KerasFault) -> String {
    if case .array(let list)? = value {
      if list.count == 1, case .array = list[0] { return try port(list[0], word, of: network) }
      if list.count == 3, case .string(let name) = list[0], list[2] == .integer(0) { return name }
    }
    throw Fault("the network '\(network.name)' has not just one \(word)")
  }

  // MARK: Connections

  /// The layers that a layer reads; it may be called once.
  private static func inputs(of layer: KerasObject) throws(KerasFault) -> [String] {
    guard case .array(let calls)? = layer.members["inbound_nodes"], calls.count <= 1 else {
      throw Fault("'\(layer.name)' is called several times, or nothing says where")
    }
    guard let call = calls.first else {
      guard layer.kind == "InputLayer" else { throw Fault("'\(layer.name)' reads nothing") }
      return []
    }
    guard layer.kind != "InputLayer" else { throw Fault("'\(layer.name)' reads a layer as an InputLayer") }
    var names: [String] = []
    switch call {
    case .array(let reads):
      // Keras 2: [layer, call, output, arguments].
      for read in reads {
        guard case .array(let parts) = read, (3...4).contains(parts.count), case .string(let name) = parts[0],
          parts[2] == .integer(0)
        else { throw Fault("'\(layer.name)' reads something that is no layer") }
        if parts.count == 4 { try requirePlain(parts[3], of: layer) }
        names.append(name)
      }
    case .object(let members):
      guard members.keys.allSatisfy({ $0 == "args" || $0 == "kwargs" }),
        case .array(let arguments)? = members["args"], arguments.count == 1
      else { throw Fault("'\(layer.name)' is called with arguments that are not known") }
      try requirePlain(members["kwargs"] ?? .null, of: layer)
      if case .array(let list) = arguments[0] {
        for value in list { names.append(try source(value, of: layer)) }
      } else {
        names = [try source(arguments[0], of: layer)]
      }
    default: throw Fault("'\(layer.name)' reads something that is no layer")
    }
    guard !names.isEmpty else { throw Fault("'\(layer.name)' reads nothing") }
    return names
  }

  /// The layer whose output an argument is.
  private static func source(_ value: JSONValue, of layer: KerasObject) throws(KerasFault) -> String {
    guard case .object(let members) = value, members["class_name"] == .string("__keras_tensor__"),
      case .object(let config)? = members["config"], case .array(let history)? = config["keras_history"],
      history.count == 3, case .string(let name) = history[0], history[2] == .integer(0)
    else { throw Fault("'\(layer.name)' reads something that is no layer") }
    return name
  }

  /// Refuses arguments that change what a layer does. In training a norm would take the statistics of its batch.
  private static func requirePlain(_ value: JSONValue, of layer: KerasObject) throws(KerasFault) {
    let arguments: [String: JSONValue]
    switch value {
    case .null: return
    case .object(let members): arguments = members
    default: throw Fault("'\(layer.name)' is called with arguments that are not known")
    }
    for (name, value) in arguments.sorted(by: { $0.key < $1.key }) {
      let isPlain =
        switch (name, value) {
        case ("mask", .null), ("training", .null), ("training", .boolean(false)): true
        // Keras saves so of each layer of augmentation, and calls none when a network is used.
        case ("training", .boolean(true)): layer.kind.hasPrefix("Random")
        case ("mask", .array(let masks)): masks.allSatisfy { $0 == .null }
        default: false
        }
      guard isPlain else { throw Fault("'\(layer.name)' is called with the argument '\(name)'") }
    }
  }

  // MARK: Order

  /// Sorts the layers that the output depends on as Keras does: the farthest from it first, and those at the same distance as they are
  /// met on the way back.
  private mutating func sort(_ objects: [String: KerasObject]) throws(KerasFault) {
    var met: [String: Int] = [:]
    var finished: [String] = []
    var open: [(name: String, next: Int)] = [(output, 0)]
    var isDone: Set<String> = []
    while let (name, next) = open.popLast() {
      guard objects[name] != nil, let reads = inputs[name] else {
        throw Fault("there is no layer '\(name)', which another one reads")
      }
      if next == 0 { met[name] = met.count }
      guard reads.indices.contains(next) else {
        finished.append(name)
        isDone.insert(name)
        continue
      }
      open.append((name, next + 1))
      let read = reads[next]
      guard !isDone.contains(read) else { continue }
      guard met[read] == nil else { throw Fault("the layer '\(read)' follows from itself") }
      open.append((read, 0))
    }
    var depths: [String: Int] = [:]
    for name in finished.reversed() {
      let depth = depths[name] ?? 0
      depths[name] = depth
      for read in inputs[name] ?? [] { depths[read] = max(depths[read] ?? 0, depth + 1) }
    }
    let sorted = finished.sorted {
      (-depths[$0, default: 0], met[$0, default: 0]) < (-depths[$1, default: 0], met[$1, default: 0])
    }
    layers = sorted.compactMap { name in objects[name].map { (name, $0) } }
  }
}
