import Kernels

/// The time that one step of a plan takes.
public struct LayerProfile: Sendable {
  /// The layer that gives the step its weights or its work, as the graph names it.
  public var name: String
  /// The engine of a convolution, `product`, `rows`, `winograd`, `grouped`, `direct`, `bf16`, `int8` or `exact`, or the operation.
  public var engine: String
  /// [height, width, channels] of the output.
  public var outputShape: [Int]
  /// Multiplications with additions for one image as the layer is defined, whatever the engine does instead.
  public var multiplyAdds: Int
  /// Bytes of weights that every run reads.
  public var weightBytes: Int
  /// Bytes of feature maps that one image reads and writes.
  public var activationBytes: Int
  /// Seconds for the batch; the least of all runs.
  public var seconds: Double
  /// True if the engine's products are of bfloat16 numbers.
  public var isBFloat16: Bool { engine.hasSuffix("bf16") }
  /// True if the engine's products are of bytes.
  public var isInt8: Bool { engine == "int8" }
}

extension InferenceSession {
  /// Runs the batch several times and times each step.
  ///
  /// - Parameters:
  ///   - count: images, at most ``capacity``.
  ///   - runs: the number of runs; each step's least time counts.
  /// - Returns: the steps in the order in which they run.
  public func profile(count: Int, runs: Int) -> [LayerProfile] {
    precondition(runs > 0, "\(runs) runs")
    var times = Array(repeating: Duration.seconds(1_000_000), count: plan.steps.count)
    for _ in 0..<runs {
      for (step, time) in runTimed(count: count).enumerated() { times[step] = min(times[step], time) }
    }
    return zip(plan.steps, times).map { step, time in
      LayerProfile(
        name: step.name, engine: step.kernel.label, outputShape: step.outputShape,
        multiplyAdds: step.multiplyAdds, weightBytes: step.kernel.weightBytes,
        activationBytes: step.activationFloats * MemoryLayout<Float>.stride, seconds: time / .seconds(1))
    }
  }

  /// Multiplications with additions in a second that this session's workers reach at best, on numbers that stay in the
  /// first-level cache.
  ///
  /// - Parameter precision: the numbers that are multiplied.
  public func peakMultiplyAddsPerSecond(_ precision: InferencePrecision = .float32) -> Double {
    ProcessorPeak.multiplyAddsPerSecond(
      precision.resolved(.current) == .bfloat16 ? .bfloat16 : .product, pool: pool)
  }

  /// The same of products of bytes.
  public func peakByteMultiplyAddsPerSecond() -> Double {
    ProcessorPeak.byteMultiplyAddsPerSecond(pool: pool)
  }

  /// Bytes in a second that this session's workers read from memory at best.
  public func peakBytesPerSecond() -> Double {
    ProcessorPeak.bytesPerSecond(pool: pool)
  }
}
