import Inference
import Kernels
import ModelDescriptor
import ResNetGraph
import ResNetModel

/// Makes layers that can run out of steps.
struct LayerFactory {
  let graph: Graph
  let store: ParameterStore
  /// The output shape of each part for one image.
  let shapes: [FeatureShape]
  let memory: TrainingMemory
  /// Where each region begins.
  let offsets: [Int]
  /// The largest number of images.
  let capacity: Int
  /// The memory that convolutions and linear layers share.
  let workspace: TrainingWorkspace

  func layer(for step: TrainingStep, index: Int) -> any TrainingLayer {
    let maps = maps(of: step, index: index)
    switch step.part.work {
    case .operation(let operation): return layer(operation, step: step, maps: maps)
    case .dropout(let rate): return DropoutLayer(maps: maps, rate: rate, part: step.output)
    case .dropPath(let rate): return DropPathLayer(maps: maps, rate: rate, part: step.output)
    }
  }

  private func layer(_ operation: Operation, step: TrainingStep, maps: LayerMaps) -> any TrainingLayer {
    let (input, output) = (shapes[step.input], shapes[step.output])
    switch operation {
    case .input: preconditionFailure("the network's input is no step")
    case .convolution(let convolution): return self.convolution(convolution, step: step, maps: maps)
    case .batchNormalization(let norm): return batchNorm(norm, step: step, maps: maps)
    case .groupNormalization(let norm):
      return GroupNormLayer(
        maps: maps,
        norm: TrainedGroupNorm(
          pixels: maps.input.pixels, channels: norm.channels, groups: norm.groups, epsilon: norm.epsilon,
          capacity: capacity),
        relu: step.relu, weight: norm.isAffine ? parameter(step, "weight") : nil,
        bias: norm.isAffine ? parameter(step, "bias") : nil)
    case .linear(let linear):
      return WeightedLayer(
        maps: maps,
        product: TrainableOperator(
          inputs: linear.inputs, outputs: linear.outputs, needsInputGradient: maps.inputGradient != nil,
          needsWeightGradient: step.trains, workspace: workspace),
        weight: parameter(step, "weight"), bias: linear.hasBias ? parameter(step, "bias") : nil)
    case .channelConvolution(let convolution):
      return ChannelConvolutionLayer(
        maps: maps, kernel: convolution.kernel, weight: parameter(step, "weight"))
    case .scale: return GateLayer(maps: maps, relu: step.relu, capacity: capacity)
    case .add, .relu: return IdentityLayer(maps: maps, relu: step.relu)
    case .sigmoid: return SigmoidLayer(maps: maps)
    case .maxPool(let pool):
      return MaxPoolLayer(
        maps: maps,
        pool: TrainedMaxPool(
          window: pool.window.placed(from: input, to: output), padsWithZeros: pool.padsWithZeros))
    case .averagePool(let pool):
      return WeightedPoolLayer(maps: maps, pool: pool.prepared(from: input, to: output))
    case .blur(let blur):
      return WeightedPoolLayer(maps: maps, pool: blur.prepared(from: input, to: output))
    case .globalAveragePool: return GlobalAveragePoolLayer(maps: maps)
    case .globalMaxPool: return GlobalMaxPoolLayer(maps: maps)
    case .mean: return JoinLayer(maps: maps, isMean: true)
    case .concatenate: return JoinLayer(maps: maps, isMean: false)
    case .zeroPadShortcut(let shortcut):
      return ZeroPadLayer(maps: maps, pad: shortcut.prepared(from: input, to: output))
    }
  }

  private func convolution(
    _ convolution: Convolution, step: TrainingStep, maps: LayerMaps
  ) -> WeightedLayer {
    let inputs = convolution.inputChannels / convolution.groups
    return WeightedLayer(
      maps: maps,
      product: TrainableOperator(
        convolution: ConvolutionGeometry(
          window: convolution.window.placed(from: shapes[step.input], to: shapes[step.output]),
          outputChannels: convolution.outputChannels, groups: convolution.groups),
        needsInputGradient: maps.inputGradient != nil, needsWeightGradient: step.trains, workspace: workspace),
      weight: parameter(step, "weight"), bias: convolution.hasBias ? parameter(step, "bias") : nil,
      standardization: convolution.standardization.map {
        StandardizedWeights(
          outputs: convolution.outputChannels, count: inputs * convolution.kernel * convolution.kernel,
          epsilon: $0)
      })
  }

  private func batchNorm(_ norm: BatchNormalization, step: TrainingStep, maps: LayerMaps) -> BatchNormLayer {
    let (weight, bias) = (parameter(step, "weight"), parameter(step, "bias"))
    var gradients: TrainedBatchNorm.Pair?
    if let weightGradient = unsafe weight.gradient, let biasGradient = unsafe bias.gradient {
      gradients = unsafe TrainedBatchNorm.Pair(weightGradient, biasGradient)
    }
    return unsafe BatchNormLayer(
      maps: maps,
      norm: TrainedBatchNorm(
        channels: norm.channels, epsilon: norm.epsilon, capacity: capacity * maps.input.pixels),
      relu: step.relu, momentum: graph.architecture.normalization.momentum,
      parameters: TrainedBatchNorm.Pair(
        UnsafeMutablePointer(mutating: weight.values), UnsafeMutablePointer(mutating: bias.values)),
      running: store.running(graph.nodes[step.part.node].name), gradients: gradients)
  }

  private func parameter(_ step: TrainingStep, _ suffix: String) -> LayerParameter {
    store.parameter(graph.nodes[step.part.node].name + "." + suffix)
  }

  private func map(_ part: Int, region: Int?) -> FeatureMap {
    let shape = shapes[part]
    return FeatureMap(
      offset: region.map { offsets[$0] }, height: shape.height, width: shape.width, channels: shape.channels)
  }

  func maps(of step: TrainingStep, index: Int) -> LayerMaps {
    func output(_ part: Int) -> FeatureMap { map(part, region: memory.regionOfPart[part]) }
    func gradient(_ part: Int?, _ target: TrainingMemory.Target?) -> GradientTarget? {
      guard let part, let target else { return nil }
      return GradientTarget(
        map: map(part, region: target.region), accumulates: target.accumulates, isPassed: target.isPassed)
    }
    let targets = memory.targets[index]
    return LayerMaps(
      input: output(step.input), second: step.second.map(output), residual: step.residual.map(output),
      output: output(step.output),
      outputGradient: targets.outputRegion.map { map(step.output, region: $0) },
      inputGradient: gradient(step.input, targets.input),
      secondGradient: gradient(step.second, targets.second),
      residualGradient: gradient(step.residual, targets.residual),
      placesOffset: memory.regionOfPlaces[index].map { offsets[$0] })
  }
}
