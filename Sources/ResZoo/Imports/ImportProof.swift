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
  /// The largest difference of two logits, as a part of the largest logit.
  public var largestDifference = 0.0

  /// The largest difference that rounding explains.
  public static let tolerance = 1e-4
  /// The result in one sentence.
  public var summary: String {
    let digits = largestDifference == 0 ? "0" : Self.scientific(largestDifference)
    return
      "proved: the graph in the file and the imported network give the same logits for \(inputs) inputs of noise; they differ by "
      + "at most \(digits) of the largest"
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
  /// - Throws: ``ImportError`` with `graph` when they differ by more than ``ImportProof/tolerance``.
  /// - Complexity: that of some plain runs of the network.
  public func proof(of model: Model) throws(ImportError) -> ImportProof? {
    var proof = ImportProof()
    for seed in ImportProof.seeds {
      guard let reference = try referenceAnswer(seed: seed) else { return nil }
      let own = try logits(of: model, for: reference.input)
      guard own.count == reference.logits.count, (own + reference.logits).allSatisfy(\.isFinite) else {
        throw ImportError(
          .graph, file: model.descriptor.origin.source ?? "the graph",
          "nothing is proved: the graph gives \(Self.described(reference.logits)) and the imported network \(Self.described(own)) to the "
            + "noise of seed \(seed); it is not written. Look for NaN and infinities among the weights, and export the network again"
        )
      }
      let scale = reference.logits.reduce(0) { max($0, Double($1.magnitude)) }
      let difference = zip(own, reference.logits).reduce(0) { max($0, Double(($1.0 - $1.1).magnitude)) }
      let part = difference == 0 ? 0 : difference / scale
      proof.inputs += 1
      proof.largestDifference = max(proof.largestDifference, part)
      guard part <= ImportProof.tolerance else {
        throw ImportError(
          .graph, file: model.descriptor.origin.source ?? "the graph",
          "the imported network answers differently than its graph: by \(part) of the largest logit, to the noise of seed \(seed); it is "
            + "not written, and the file would be a welcome report")
      }
    }
    return proof
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
