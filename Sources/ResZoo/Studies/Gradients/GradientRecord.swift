/// The numbers of a study of gradients, as JSON has them.
struct GradientRecord: Encodable {
  struct Stack: Encodable {
    var blocks: Int
    var width: Int
    var size: Int
    var batch: Int
  }

  struct Run: Encodable {
    /// The seed of the weights; nil for those of a checkpoint.
    var seed: UInt64?
    var loss: Double?
    var norms: [Double?]
  }

  /// The norm at the first block over that at the last one.
  struct Ratio: Encodable {
    /// The geometric mean.
    var mean: Double
    var smallest: Double
    var largest: Double
  }

  struct Network: Encodable {
    var name: String
    var shortcuts: Bool
    var weights: GradientProfile.Weights
    var blocks: [String]
    var runs: [Run]
    var means: [Double?]
    var ratio: Ratio?
  }

  struct Failed: Encodable {
    var input: String
    var error: String
  }

  var loss: String
  var stack: Stack?
  var images: Int?
  var networks: [Network]
  var conclusions: [String]
  var errors: [Failed]

  init(_ study: GradientStudy) {
    loss = study.stack == nil ? "cross-entropy" : "sum of all outputs"
    stack = study.stack.map {
      Stack(blocks: $0.blocks, width: $0.width, size: $0.side, batch: $0.batch)
    }
    images = study.images
    networks = study.profiles.map { profile in
      Network(
        name: profile.name, shortcuts: profile.hasShortcuts, weights: profile.weights, blocks: profile.blocks,
        runs: profile.runs.map {
          Run(seed: $0.seed, loss: Self.finite($0.loss), norms: $0.norms.map(Self.finite))
        }, means: profile.means.map(Self.finite),
        ratio: GradientStudy.Ratio(profile.ratios).map {
          Ratio(mean: $0.mean, smallest: $0.low, largest: $0.high)
        })
    }
    conclusions = study.conclusions
    errors = study.errors.map { Failed(input: $0.input, error: $0.error) }
  }

  /// The number; nil where JSON cannot write it.
  private static func finite(_ number: Double) -> Double? { number.isFinite ? number : nil }
}
