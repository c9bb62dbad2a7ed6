import Platform

/// ONNX's operators by their names, as far as residual networks have them.
extension ONNXInterpreter {
  typealias Operator = @Sendable (ONNXCall) throws(ONNXFault) -> [ONNXValue]

  static let operators: [String: Operator] = elementwise.merging(layers) { $1 }.merging(shaping) { $1 }

  private static let elementwise: [String: Operator] = [
    "Add": { call throws(ONNXFault) in [try call.binary(+, &+)] },
    "Sub": { call throws(ONNXFault) in [try call.binary(-, &-)] },
    "Mul": { call throws(ONNXFault) in [try call.binary(*, &*)] },
    "Div": { call throws(ONNXFault) in
      [try call.binary(/) { $1 == 0 ? 0 : $0.dividedReportingOverflow(by: $1).partialValue }]
    },
    "Pow": { call throws(ONNXFault) in [try call.power()] },
    "Max": { call throws(ONNXFault) in [try call.fold { max($0, $1) }] },
    "Min": { call throws(ONNXFault) in [try call.fold { min($0, $1) }] },
    "Sum": { call throws(ONNXFault) in [try call.fold(+)] },
    "Mean": { call throws(ONNXFault) in [try call.mean()] },
    "Relu": { call throws(ONNXFault) in [try call.map { max($0, 0) }] },
    "Sigmoid": { call throws(ONNXFault) in [try call.map { 1 / (1 + exp(-$0)) }] },
    "Sqrt": { call throws(ONNXFault) in [try call.map { $0.squareRoot() }] },
    "Neg": { call throws(ONNXFault) in [try call.map { -$0 }] },
    "Reciprocal": { call throws(ONNXFault) in [try call.map { 1 / $0 }] },
    "Clip": { call throws(ONNXFault) in [try call.clip()] },
    "Identity": { call throws(ONNXFault) in [try call.input(0)] },
    "Dropout": { call throws(ONNXFault) in [try call.input(0)] },
    "Cast": { call throws(ONNXFault) in [try call.cast()] },
    "Softmax": { call throws(ONNXFault) in [try call.softmax(isLogarithmic: false)] },
    "LogSoftmax": { call throws(ONNXFault) in [try call.softmax(isLogarithmic: true)] },
    "QuantizeLinear": { call throws(ONNXFault) in [try call.quantize()] },
    "DequantizeLinear": { call throws(ONNXFault) in [try call.dequantize()] },
  ]

  private static let layers: [String: Operator] = [
    "Conv": { call throws(ONNXFault) in [try call.convolution()] },
    "BatchNormalization": { call throws(ONNXFault) in [try call.batchNormalization()] },
    "InstanceNormalization": { call throws(ONNXFault) in [try call.instanceNormalization()] },
    "GroupNormalization": { call throws(ONNXFault) in [try call.groupNormalization()] },
    "MaxPool": { call throws(ONNXFault) in [try call.pool(isMaximum: true)] },
    "AveragePool": { call throws(ONNXFault) in [try call.pool(isMaximum: false)] },
    "GlobalAveragePool": { call throws(ONNXFault) in [try call.globalPool(isMaximum: false)] },
    "GlobalMaxPool": { call throws(ONNXFault) in [try call.globalPool(isMaximum: true)] },
    "ReduceMean": { call throws(ONNXFault) in [try call.reduce(.mean)] },
    "ReduceMax": { call throws(ONNXFault) in [try call.reduce(.maximum)] },
    "ReduceSum": { call throws(ONNXFault) in [try call.reduce(.sum)] },
    "Gemm": { call throws(ONNXFault) in [try call.gemm()] },
    "MatMul": { call throws(ONNXFault) in [try call.matrixProduct()] },
  ]

  private static let shaping: [String: Operator] = [
    // Its value is an attribute, which the interpreter reads itself.
    "Constant": { _ throws(ONNXFault) in [] },
    "Flatten": { call throws(ONNXFault) in [try call.flatten()] },
    "Reshape": { call throws(ONNXFault) in [try call.reshape()] },
    "Squeeze": { call throws(ONNXFault) in [try call.squeeze()] },
    "Unsqueeze": { call throws(ONNXFault) in [try call.unsqueeze()] },
    "Transpose": { call throws(ONNXFault) in [try call.transpose()] },
    "Shape": { call throws(ONNXFault) in [try call.shape()] },
    "Gather": { call throws(ONNXFault) in [try call.gather()] },
    "Concat": { call throws(ONNXFault) in [try call.concatenate()] },
    "Slice": { call throws(ONNXFault) in [try call.slice()] },
    "Split": { call throws(ONNXFault) in try call.split() },
    "Pad": { call throws(ONNXFault) in [try call.pad()] },
    "ConstantOfShape": { call throws(ONNXFault) in [try call.constantOfShape()] },
    "Expand": { call throws(ONNXFault) in [try call.expand()] },
  ]
}
