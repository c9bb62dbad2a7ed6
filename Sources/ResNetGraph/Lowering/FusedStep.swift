/// One step of a network that runs: a part and the parts that are fused into it.
///
/// All numbers are indices of ``Lowering/Part``s.
package struct FusedStep: Hashable, Sendable {
  package enum Activation: Hashable, Sendable {
    case relu
    case sigmoid
  }

  /// The part that gives the step its work and its parameters.
  package let part: Int
  /// The batch norm that is folded into the part's weights.
  package var norm: Int?
  /// The part whose output is read.
  package let input: Int
  /// The other part of a step that joins two: the gate, or the second input.
  package var second: Int?
  /// The part whose output is added before the activation.
  package var residual: Int?
  /// The last part of the step's work.
  package var activation: Activation?
  /// The last of the fused parts, whose output this step writes.
  package var output: Int

  /// The parts whose outputs are read.
  package var reads: [Int] { [input, second, residual].compactMap(\.self) }
}
