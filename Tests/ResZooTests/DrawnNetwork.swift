import ResZoo
import TestSupport

/// Networks and inputs that scripts in `tools/fixtures` draw in the same way.
enum DrawnNetwork {
  /// A model whose tensors are drawn by name, none of them at its default.
  static func model(_ architecture: Architecture) throws -> Model {
    var tensors: [String: Tensor] = [:]
    for parameter in try Graph(architecture).parameters {
      let fanIn = Float(max(1, parameter.shape.elementCount / parameter.shape.dimensions[0]))
      tensors[parameter.name] = tensor(parameter.name, parameter.shape) { value in
        switch (parameter.role, parameter.shape.rank) {
        case (.weight, 1): 1 + 0.3 * value
        case (.weight, _): value * (6 / fanIn).squareRoot()
        case (.runningVariance, _): 1 + 0.5 * value
        case (.bias, _), (.runningMean, _): 0.2 * value
        }
      }
    }
    return try Model(
      descriptor: ModelDescriptor(
        architecture: architecture, preprocessing: Preprocessing.usual(for: architecture).record,
        origin: Origin(kind: .imported)), parameters: tensors)
  }

  /// Numbers that a name gives: the generator is seeded by its FNV-1a.
  static func tensor(
    _ name: String, _ shape: Shape, _ change: (Float) -> Float = { $0 }
  ) -> Tensor {
    var seed: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var noise = Noise(seed)
    return Tensor(shape: shape, floats: noise.floats(shape.elementCount).map(change))
  }
}
