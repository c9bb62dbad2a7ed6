import ModelDescriptor
import ResNetGraph
import ResNetModel

extension ONNXNetwork {
  /// The operators and constants of a model.
  ///
  /// - Throws: ``ExportError/descriptor(_:)``.
  init(_ model: Model, folding: Bool) throws(ExportError) {
    var builder = try ONNXNetworkBuilder(model, folding: folding)
    builder.build()
    self = builder.network
    let architecture = model.descriptor.architecture
    let input = architecture.input
    name = architecture.name ?? "network"
    inputs = [
      ONNXPort(
        ONNXNetworkBuilder.inputName,
        [.named("N"), .fixed(input.channels), .named("H"), .named("W")],
        comment: "Normalised images; the network was made for \(input.height)×\(input.width).")
    ]
    outputs = [
      ONNXPort(
        ONNXNetworkBuilder.outputName, [.named("N"), .fixed(architecture.classes)],
        comment: architecture.outputInWords)
    ]
  }
}

extension Architecture {
  /// The output in words.
  fileprivate var outputInWords: String {
    if head == .none { return "The pooled features; the network has no head." }
    switch answer {
    case .one: return "A number for each class, before softmax."
    case .several: return "A number for each class, before a sigmoid of each."
    case .binary: return "One number, before a sigmoid, for yes."
    }
  }
}

extension ONNXPort {
  /// A float32 tensor of the given shape.
  fileprivate init(_ name: String, _ dimensions: [ONNXDimension], comment: String) {
    self.init()
    self.name = name
    self.comment = comment
    type.tensor.element = ONNXConstant.float32
    type.tensor.shape.dimensions = dimensions
  }
}

extension ONNXDimension {
  fileprivate static func fixed(_ size: Int) -> ONNXDimension {
    var dimension = ONNXDimension()
    dimension.size = Int64(size)
    return dimension
  }

  /// A dimension that is free, and the same wherever it has the same name.
  fileprivate static func named(_ name: String) -> ONNXDimension {
    var dimension = ONNXDimension()
    dimension.name = name
    return dimension
  }
}
