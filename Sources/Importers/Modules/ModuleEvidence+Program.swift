import ModelDescriptor
import ResNetGraph
import WeightFiles

/// The statements of a TorchScript archive's program.
extension ModuleEvidence {
  /// The path of a convolution whose stride or dilation the program does not say; nil when there is none.
  func silentLayer(in graph: Graph) -> String? {
    graph.nodes.lazy.compactMap { node -> String? in
      guard case .convolution = node.operation, let layer = layers[node.name], layer.isProgram else {
        return nil
      }
      return layer.settings["stride"] == nil || layer.settings["dilation"] == nil ? layer.path : nil
    }.first
  }

  /// Functions that the program calls and that are none of such a network's, a phrase each with the module's path.
  func strangeCalls(in net: Architecture) -> [String] {
    let own = Self.calls(of: net)
    return modules.flatMap { module in
      module.calls.subtracting(own).sorted().map { "'\(module.path)' calls \($0)" }
    }
  }

  /// The functions of all residual networks: their layers, and questions about extents and types.
  private static let usualCalls: Set<String> = [
    "conv2d", "_convolution", "batch_norm", "relu", "relu_", "max_pool2d", "_max_pool2d",
    "adaptive_avg_pool2d", "mean", "linear", "addmm", "matmul", "t", "add", "add_", "flatten", "reshape",
    "view",
    "squeeze", "dropout", "dropout_", "contiguous", "detach", "to", "size", "dim", "len", "numel", "format",
    "eq", "ne", "lt", "le", "gt", "ge", "__is__", "__isnot__", "__not__", "__contains__", "__getitem__",
    "append", "is_grad_enabled", "is_scripting",
  ]

  private static func calls(of net: Architecture) -> Set<String> {
    var calls = usualCalls
    if net.normalization.kind != .batch { calls.formUnion(["group_norm", "instance_norm"]) }
    if net.attention != nil {
      calls.formUnion([
        "sigmoid", "sigmoid_", "mul", "mul_", "expand_as", "unsqueeze", "transpose", "conv1d", "avg_pool2d",
      ])
    }
    if net.shortcut == .zeroPad {
      calls.formUnion([
        "pad", "constant_pad_nd", "slice", "select", "cat", "zeros", "sub", "floordiv", "avg_pool2d",
      ])
    }
    if net.shortcut == .averagePoolProjection || net.antialias != .none || net.globalPool != .average {
      calls.formUnion(["avg_pool2d", "pad", "reflection_pad2d", "adaptive_max_pool2d", "cat", "mul"])
    }
    if net.weightStandardization != nil {
      calls.formUnion(["var", "std", "var_mean", "rsqrt", "sqrt", "sub", "div", "mul", "pow"])
    }
    if net.answer == .several || net.answer == .binary { calls.formUnion(["sigmoid", "sigmoid_"]) }
    return calls
  }
}
