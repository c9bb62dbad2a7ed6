import ModelDescriptor

/// The settings of one layer, each of which must be asked for: one that is not known could change what the layer computes.
struct KerasSettings {
  private let layer: KerasConfiguration.Layer
  private var rest: [String: JSONValue]

  /// Settings of all layers that do not change what they compute once they are trained.
  private static let harmless: Set<String> = [
    "name", "trainable", "batch_input_shape", "batch_shape", "activity_regularizer", "momentum", "renorm",
    "renorm_clipping", "renorm_momentum", "synchronized", "fused", "input_spec",
    "kernel_initializer", "bias_initializer", "kernel_regularizer", "bias_regularizer", "kernel_constraint",
    "bias_constraint", "beta_initializer", "gamma_initializer", "moving_mean_initializer",
    "moving_variance_initializer", "beta_regularizer", "gamma_regularizer", "beta_constraint",
    "gamma_constraint",
  ]

  init(_ layer: KerasConfiguration.Layer) throws(KerasFault) {
    self.layer = layer
    rest = layer.settings.filter { !Self.harmless.contains($0.key) }
    let type = rest.removeValue(forKey: "dtype") ?? .null
    guard Self.isFloat(type) else { throw fault("has numbers of the type \(type.words), which are not read") }
    // Null is the absence of a setting.
    for name in ["quantization_config", "virtual_batch_size", "adjustment", "input_dim", "lora_rank"]
    where rest[name] == .null {
      rest[name] = nil
    }
  }

  private static let floats: Set<String> = [
    "float32", "float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16",
  ]

  private static func isFloat(_ value: JSONValue) -> Bool {
    switch value {
    case .null: return true
    case .string(let name): return floats.contains(name)
    case .object(let members):
      guard case .object(let config)? = members["config"], let kind = members["class_name"],
        [.string("DTypePolicy"), .string("Policy")].contains(kind), case .string(let name)? = config["name"]
      else { return false }
      return floats.contains(name)
    default: return false
    }
  }

  func fault(_ what: String) -> KerasFault { KerasFault("'\(layer.name)' (\(layer.kind)) \(what)") }

  private func fault(_ name: String, _ value: JSONValue) -> KerasFault {
    fault("has the setting \(name) \(value.words), which is not read")
  }

  mutating func take(_ name: String) -> JSONValue? { rest.removeValue(forKey: name) }

  /// True if a setting has this text, which is the usual one too.
  func says(_ name: String, _ usual: String) -> Bool { rest[name].map { $0 == .string(usual) } ?? true }

  /// Takes a setting that may have only these values.
  mutating func require(_ name: String, _ allowed: JSONValue...) throws(KerasFault) {
    guard let value = take(name), !allowed.contains(value) else { return }
    throw fault(name, value)
  }

  mutating func flag(_ name: String, _ usual: Bool) throws(KerasFault) -> Bool {
    guard let value = take(name) else { return usual }
    guard case .boolean(let flag) = value else { throw fault(name, value) }
    return flag
  }

  mutating func text(_ name: String, _ usual: String) throws(KerasFault) -> String {
    guard let value = take(name), value != .null else { return usual }
    guard case .string(let text) = value else { throw fault(name, value) }
    return text
  }

  mutating func number(_ name: String, _ usual: Double) throws(KerasFault) -> Double {
    guard let value = take(name) else { return usual }
    switch value {
    case .integer(let number): return Double(number)
    case .number(let number): return number
    default: throw fault(name, value)
    }
  }

  /// A whole number from 1 on; nil where it is not set.
  mutating func count(_ name: String) throws(KerasFault) -> Int? {
    guard let value = take(name), value != .null else { return nil }
    guard case .integer(let number) = value, (1...1 << 24).contains(number) else { throw fault(name, value) }
    return Int(number)
  }

  /// A number for rows and columns alike; nil where it is not set.
  mutating func side(_ name: String) throws(KerasFault) -> Int? {
    guard case .array(let pair)? = rest[name] else { return try count(name) }
    guard pair.count == 2, pair[0] == pair[1], case .integer(let number) = pair[0],
      (1...1 << 12).contains(number)
    else { throw fault(name, .array(pair)) }
    rest[name] = nil
    return Int(number)
  }

  /// Zeros around a map, as many on each side.
  mutating func border(_ name: String) throws(KerasFault) -> Int {
    let value = take(name) ?? .integer(1)
    var sides: [JSONValue] = []
    switch value {
    case .array(let pair):
      for element in pair {
        if case .array(let inner) = element { sides += inner } else { sides.append(element) }
      }
    default: sides = [value]
    }
    guard let first = sides.first, Set(sides).count == 1, case .integer(let number) = first,
      (0...1 << 12).contains(number)
    else { throw fault(name, value) }
    return Int(number)
  }

  /// Refuses what nobody has asked for.
  func expectEnd() throws(KerasFault) {
    guard let (name, value) = rest.min(by: { $0.key < $1.key }) else { return }
    throw fault("has the setting \(name) \(value.words), which is not known")
  }
}

extension JSONValue {
  /// The value as messages show it.
  var words: String {
    switch self {
    case .null: "null"
    case .boolean(let flag): "\(flag)"
    case .integer(let number): "\(number)"
    case .natural(let number): "\(number)"
    case .number(let number): "\(number)"
    case .string(let text): "'\(text)'"
    case .array(let elements): "[" + elements.prefix(8).map(\.words).joined(separator: ", ") + "]"
    case .object: "with members of its own"
    }
  }
}
