extension ONNXAttribute {
  static func integer(_ name: String, _ value: Int) -> ONNXAttribute {
    var attribute = ONNXAttribute(name, .integer)
    attribute.integer = Int64(value)
    return attribute
  }

  static func integers(_ name: String, _ value: Int, count: Int) -> ONNXAttribute {
    var attribute = ONNXAttribute(name, .integers)
    attribute.integers = Array(repeating: Int64(value), count: count)
    return attribute
  }

  static func float(_ name: String, _ value: Double) -> ONNXAttribute {
    var attribute = ONNXAttribute(name, .float)
    attribute.float = Float(value)
    return attribute
  }

  private init(_ name: String, _ kind: Kind) {
    self.init()
    self.name = name
    self.kind = kind
  }
}
