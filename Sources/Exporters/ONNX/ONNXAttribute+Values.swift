extension ONNXAttribute {
  static func integer(_ name: String, _ value: Int) -> ONNXAttribute {
    var attribute = ONNXAttribute(name, .integer)
    attribute.integer = Int64(value)
    return attribute
  }

  static func integers(_ name: String, _ values: [Int]) -> ONNXAttribute {
    var attribute = ONNXAttribute(name, .integers)
    attribute.integers = values.map { Int64($0) }
    return attribute
  }

  static func integers(_ name: String, _ value: Int, count: Int) -> ONNXAttribute {
    integers(name, Array(repeating: value, count: count))
  }

  static func text(_ name: String, _ value: String) -> ONNXAttribute {
    var attribute = ONNXAttribute(name, .text)
    attribute.text = value
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
