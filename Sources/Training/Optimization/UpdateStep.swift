import Kernels

/// One step of all weights, as the definition of an optimizer sees it.
@safe struct UpdateStep {
  /// The numbers of one slice in this step.
  struct Numbers {
    /// The learning rate.
    var rate: Double
    /// The factor of weight decay.
    var decay: Double
    /// Steps that the slice has done, this one included.
    var steps: Int
    /// The factor of the gradients, before everything else.
    var scale: Float
  }

  /// A part of a slice that one task changes.
  struct Piece {
    var range: Range<Int>
    var slice: Int
  }

  let slices: [Numbers]
  let pieces: [Piece]
  let values: UnsafeMutablePointer<Float>
  let gradients: UnsafePointer<Float>
  let memories: [FlatArray]
  let passes: FlatPasses

  /// Runs a pass over all weights.
  ///
  /// - Parameters:
  ///   - name: the pass's in `updates.inc.h`.
  ///   - constants: the constants of a slice, in the order that `updates.inc.h` has; its place among the slices is given along.
  /// - Returns: for each slice the sums that the pass gives.
  @discardableResult
  func run(_ name: String, constants: (Int, Numbers) -> [Float]) -> [[Double]] {
    let update = passes.updates.update(name)
    let constants = slices.enumerated().map { constants($0, $1) }
    precondition(
      constants.allSatisfy { $0.count == update.constantCount },
      "constants for '\(name)', which takes \(update.constantCount)")
    let sums = PartialSums(count: pieces.count * update.sumCount)
    passes.run(pieces.count) { task in
      let piece = pieces[task]
      let start = piece.range.lowerBound
      let memories = unsafe memories.map { unsafe $0.pointer + start }
      unsafe update.run(
        constants: constants[piece.slice], count: piece.range.count, gradient: gradients + start,
        weights: values + start, memories: memories.isEmpty ? nil : memories,
        sums: update.sumCount == 0 ? nil : sums.pointer(task * update.sumCount))
    }
    guard update.sumCount > 0 else { return [] }
    var totals = Array(repeating: Array(repeating: 0.0, count: update.sumCount), count: slices.count)
    for (task, piece) in pieces.enumerated() {
      for index in 0..<update.sumCount { totals[piece.slice][index] += sums[task * update.sumCount + index] }
    }
    return totals
  }
}

/// A whole power by squaring.
func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, factor, rest) = (1.0, base, exponent)
  while rest > 0 {
    if rest & 1 == 1 { result *= factor }
    factor *= factor
    rest >>= 1
  }
  return result
}
