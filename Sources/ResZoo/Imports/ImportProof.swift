public import Importers
import Inference
import Messages
import ModelDescriptor
import Platform
public import ResNetModel
import TensorCore

/// The agreement of an imported network with the graph that it was made of.
public struct ImportProof: Hashable, Sendable {
  /// Inputs that both computed an answer to.
  public var inputs = 0
  /// The largest difference of two logits, as a part of the largest logit; of a quantized network that of its real numbers.
  public var largestDifference = 0.0
  /// The same of a quantized network with its maps rounded; nil for others.
  public var roundedDifference: Double?
  /// The largest change of a logit by the rounding of the graph's own maps, as a part of the largest logit.
  public var roundingEffect = 0.0

  /// The largest difference that rounding explains.
  public static let tolerance = 1e-4
  /// The largest difference of two quantized networks, in terms of what the rounding of maps changes. A value next to the middle of two
  /// integers may be rounded to either, and what follows from it too, until two programs round independently of each other: then their
  /// answers differ by what rounding changes in the one and in the other.
  public static let roundingTolerance = 2.0
  /// The least difference that is allowed to quantized networks (NETWORK §6.2).
  public static let leastRoundingTolerance = 1e-2

  /// The result in one sentence.
  public var summary: String {
    let digits = largestDifference == 0 ? "0" : Self.scientific(largestDifference)
    let rounded = roundedDifference.map {
      " without the rounding of its maps, and by \($0 == 0 ? "0" : Self.scientific($0)) with it, which itself changes the file's by "
        + (roundingEffect == 0 ? "0" : Self.scientific(roundingEffect))
    }
    return
      "proved: the graph in the file and the imported network give the same logits for \(inputs) inputs of noise; they differ by "
      + "at most \(digits) of the largest\(rounded ?? "")"
  }

  /// Two digits and a power of ten.
  private static func scientific(_ value: Double) -> String {
    let exponent = Int(log10(value).rounded(.down))
    let tenths = Int((value / pow(10, Double(exponent)) * 10).rounded(.up))
    return tenths == 100 ? "1.0e\(exponent + 1)" : "\(tenths / 10).\(tenths % 10)e\(exponent)"
  }

  /// Seeds of the inputs.
  static let seeds: [UInt64] = [1, 2]
}

extension WeightImport {
  /// Runs an imported network and, node by node, the graph in its source on the same noise, and compares their logits.
  ///
  /// - Returns: nil for a source that holds weights without a graph.
  /// - Throws: ``ImportError`` with `graph` when they differ by more than ``ImportProof/tolerance``, or those of a quantized network by
  ///   more than rounding explains.
  /// - Complexity: that of some plain runs of the network.
  public func proof(of model: Model) throws(ImportError) -> ImportProof? {
    var proof = ImportProof()
    let plain: Model
    do { plain = try model.dequantized() } catch {
      throw ImportError(.graph, file: model.descriptor.origin.source ?? "the graph", "\(error)")
    }
    for seed in ImportProof.seeds {
      guard let reference = try referenceAnswer(seed: seed) else { return nil }
      let part = try difference(of: plain, from: reference.logits, reference.input, seed: seed)
      proof.inputs += 1
      proof.largestDifference = max(proof.largestDifference, part)
      try require(part, atMost: ImportProof.tolerance, model, seed: seed)
      guard let rounded = reference.roundedLogits, model.quantization != nil else { continue }
      let roundedPart = try difference(of: model, from: rounded, reference.input, seed: seed)
      let effect = Self.difference(rounded, reference.logits)
      proof.roundedDifference = max(proof.roundedDifference ?? 0, roundedPart)
      proof.roundingEffect = max(proof.roundingEffect, effect)
      let allowed = max(ImportProof.roundingTolerance * effect, ImportProof.leastRoundingTolerance)
      try require(roundedPart, atMost: allowed, model, seed: seed)
    }
    return proof
  }

  /// The largest difference of a network's logits from those of the graph, as a part of the largest of these.
  private func difference(
    of model: Model, from reference: [Float], _ input: Tensor, seed: UInt64
  ) throws(ImportError) -> Double {
    let own = try logits(of: model, for: input)
    guard own.count == reference.count, (own + reference).allSatisfy(\.isFinite) else {
      throw ImportError(
        .graph, file: model.descriptor.origin.source ?? "the graph",
        "nothing is proved: the graph gives \(Self.described(reference)) and the imported network \(Self.described(own)) to the "
          + "noise of seed \(seed); it is not written. Look for NaN and infinities among the weights, and export the network again"
      )
    }
    return Self.difference(own, reference)
  }

  private static func difference(_ own: [Float], _ reference: [Float]) -> Double {
    let scale = reference.reduce(0) { max($0, Double($1.magnitude)) }
    let difference = zip(own, reference).reduce(0) { max($0, Double(($1.0 - $1.1).magnitude)) }
    return difference == 0 ? 0 : difference / scale
  }

  private func require(
    _ part: Double, atMost limit: Double, _ model: Model, seed: UInt64
  ) throws(ImportError) {
    guard part <= limit else {
      throw ImportError(
        .graph, file: model.descriptor.origin.source ?? "the graph",
        "the imported network answers differently than its graph: by \(part) of the largest logit, to the noise of seed \(seed); it is "
          + "not written, and the file would be a welcome report")
    }
  }

  /// Logits by their number, with those that are no numbers.
  private static func described(_ logits: [Float]) -> String {
    let strange = logits.count { !$0.isFinite }
    return strange == 0
      ? "\(logits.count) logits" : "\(logits.count) logits, of which \(strange) are NaN or infinite,"
  }

  private func logits(of model: Model, for input: Tensor) throws(ImportError) -> [Float] {
    do {
      let plan = try InferencePlan(
        model, height: input.shape.dimensions[2], width: input.shape.dimensions[3], exact: true)
      let logits = try InferenceSession(plan: plan).logits(for: input)
      return (0..<logits.shape.elementCount).map { logits.floats[$0] }
    } catch {
      throw ImportError(.graph, file: model.descriptor.origin.source ?? "the graph", "\(error)")
    }
  }
}
