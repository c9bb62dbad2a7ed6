package import WeightFiles

extension ONNXInterpreter {
  /// A setting of a node that its operator does not have, or has in another form; nil where there is none.
  ///
  /// Other programs refuse a graph with such a node, so that nobody knows what it would compute.
  package static func strangeSetting(of node: ONNXNode) -> String? {
    guard node.domain.isEmpty, let known = settings[node.kind] else { return nil }
    return node.attributes.keys.sorted().first { name in
      guard
        let form = known[name] ?? (older.contains(node.kind) && name == "consumed_inputs" ? .integers : nil),
        let value = node.attributes[name]
      else { return true }
      return switch (form, value) {
      case (.float, .float), (.integer, .integer), (.text, .text), (.floats, .floats), (.integers, .integers),
        (.tensor, .tensor), (_, .other), (_, .graph), (.typeNumber, .integer), (.typeNumber, .text):
        false
      default: true
      }
    }
  }

  /// The form of a setting.
  private enum Form {
    case float
    case integer
    case text
    case floats
    case integers
    case tensor
    /// The number of a type; its name in the first operator sets.
    case typeNumber
  }

  /// Operators that could say in the first operator set which inputs they write over.
  private static let older: Set<String> = [
    "Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean", "Relu", "Sigmoid", "Sqrt", "Neg", "Reciprocal",
    "Clip", "Dropout", "BatchNormalization", "InstanceNormalization",
  ]

  private static let window: [String: Form] = [
    "auto_pad": .text, "kernel_shape": .integers, "pads": .integers, "strides": .integers,
    "dilations": .integers,
  ]
  private static let reduction: [String: Form] = [
    "axes": .integers, "keepdims": .integer, "noop_with_empty_axes": .integer,
  ]
  private static let aligned: [String: Form] = ["axis": .integer, "broadcast": .integer]

  /// The settings of the operators in all operator sets together (ONNX's Operators.md and Changelog.md).
  private static let settings: [String: [String: Form]] = [
    "Add": aligned, "Sub": aligned, "Mul": aligned, "Div": aligned, "Pow": aligned,
    "Max": [:], "Min": [:], "Sum": [:], "Mean": [:], "Relu": [:], "Sigmoid": [:], "Sqrt": [:], "Neg": [:],
    "Reciprocal": [:], "Identity": [:], "MatMul": [:], "GlobalAveragePool": [:], "GlobalMaxPool": [:],
    "Expand": [:],
    "Clip": ["min": .float, "max": .float],
    "Dropout": ["ratio": .float, "is_test": .integer, "seed": .integer],
    "Cast": ["to": .typeNumber, "saturate": .integer, "round_mode": .text],
    "Softmax": ["axis": .integer], "LogSoftmax": ["axis": .integer],
    "QuantizeLinear": [
      "axis": .integer, "saturate": .integer, "block_size": .integer, "output_dtype": .integer,
      "precision": .integer,
    ],
    "DequantizeLinear": ["axis": .integer, "block_size": .integer, "output_dtype": .integer],
    "Conv": window.merging(["group": .integer]) { $1 },
    "BatchNormalization": [
      "epsilon": .float, "momentum": .float, "spatial": .integer, "is_test": .integer,
      "training_mode": .integer,
    ],
    "InstanceNormalization": ["epsilon": .float],
    "GroupNormalization": ["epsilon": .float, "num_groups": .integer, "stash_type": .integer],
    "MaxPool": window.merging(["ceil_mode": .integer, "storage_order": .integer]) { $1 },
    "AveragePool": window.merging(["ceil_mode": .integer, "count_include_pad": .integer]) { $1 },
    "ReduceMean": reduction, "ReduceMax": reduction, "ReduceSum": reduction,
    "Gemm": [
      "alpha": .float, "beta": .float, "transA": .integer, "transB": .integer, "broadcast": .integer,
    ],
    "Flatten": ["axis": .integer], "Reshape": ["shape": .integers, "allowzero": .integer],
    "Squeeze": ["axes": .integers], "Unsqueeze": ["axes": .integers], "Transpose": ["perm": .integers],
    "Shape": ["start": .integer, "end": .integer], "Gather": ["axis": .integer], "Concat": ["axis": .integer],
    "Slice": ["axes": .integers, "starts": .integers, "ends": .integers],
    "Split": ["axis": .integer, "split": .integers, "num_outputs": .integer],
    "Pad": ["pads": .integers, "paddings": .integers, "mode": .text, "value": .float],
    "ConstantOfShape": ["value": .tensor],
  ]
}
