/// The maps of a network that are rounded to 8 bits, and the layers that compute with 8-bit weights (NETWORK §5.8).
///
/// A value x of a map becomes scale · (q − zeroPoint), where q is x / scale rounded to the nearest whole number, halves to even,
/// plus the zero point, within 0…255. Each of the layers reads such a map and has weights of integers with a scale for each output
/// channel. All else are real numbers, so that a program can compute the network in floats too.
public struct Quantization: Hashable, Sendable {
  /// The 256 values that a map can have.
  public struct Map: Hashable, Sendable {
    /// The distance of neighbouring values.
    public var scale: Float
    /// The integer that stands for 0.
    public var zeroPoint: UInt8

    /// The values `scale` · (0…255 − `zeroPoint`).
    public init(scale: Float, zeroPoint: UInt8) {
      self.scale = scale
      self.zeroPoint = zeroPoint
    }
  }

  /// The values of each map that is rounded, by the name of the graph's node that puts it out.
  public var maps: [String: Map]
  /// The names of the convolutions and linear layers that compute with integers, in the order of the graph.
  public var layers: [String]

  /// A record from its fields. ``Architecture/validate()`` checks the numbers, the graph of the architecture the names.
  public init(maps: [String: Map], layers: [String]) {
    self.maps = maps
    self.layers = layers
  }

  /// Scales that a map can have.
  package static let scaleRange: ClosedRange<Double> = 1e-30...1e30

  /// Checks the numbers.
  ///
  /// - Throws: ``DescriptorError`` that names the first offending field, of the record's own.
  func validate() throws(DescriptorError) {
    guard !layers.isEmpty else {
      throw DescriptorError(.outOfRange, field: "layers", "none: a quantized network has one at least")
    }
    for (name, map) in maps.sorted(by: { $0.key < $1.key }) {
      // The bounds themselves are in the range, whichever way they are rounded.
      let range = Float(Self.scaleRange.lowerBound)...Float(Self.scaleRange.upperBound)
      guard range.contains(map.scale) else { throw map.scaleFault.within("maps.\(name)") }
    }
  }
}

extension Quantization.Map {
  fileprivate var scaleFault: DescriptorError { Self.fault(ofScale: Double(scale)) }

  fileprivate static func fault(ofScale scale: Double) -> DescriptorError {
    let range = Quantization.scaleRange
    return DescriptorError(
      .outOfRange, field: "scale",
      "\(scale); it must be from \(range.lowerBound) to \(range.upperBound)")
  }
}

extension Quantization: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(decoder, known: ["maps", "layers"])
    self.init(maps: try fields.required("maps", as: Maps.self).byName, layers: try fields.required("layers"))
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(maps, forKey: FieldName("maps"))
    try fields.encode(layers, forKey: FieldName("layers"))
  }

  /// An object of free names. Keys of a dictionary would be taken for places in a list where they are numbers.
  private struct Maps: Decodable {
    let byName: [String: Map]

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: FieldName.self)
      var byName: [String: Map] = [:]
      for key in fields.allKeys { byName[key.stringValue] = try fields.decode(Map.self, forKey: key) }
      self.byName = byName
    }
  }
}

extension Quantization.Map: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(decoder, known: ["scale", "zero_point"])
    // Binary64 first, as every number of a document (FORMAT §3.2).
    let scale: Double = try fields.required("scale")
    let zeroPoint: Int = try fields.required("zero_point")
    let path = fieldPath(decoder.codingPath)
    guard Quantization.scaleRange.contains(scale) else { throw Self.fault(ofScale: scale).within(path) }
    guard let integer = UInt8(exactly: zeroPoint) else {
      throw DescriptorError(
        .outOfRange, field: path + ".zero_point", "\(zeroPoint); it must be from 0 to 255")
    }
    self.init(scale: Float(scale), zeroPoint: integer)
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(scale, forKey: FieldName("scale"))
    try fields.encode(zeroPoint, forKey: FieldName("zero_point"))
  }
}
