import Datasets

/// The numbers of a study of activations, as JSON has them.
struct ActivationRecord: Encodable {
  struct Numbers: Encodable {
    var values: Int
    var mean: Double?
    var meanMagnitude: Double?
    var standardDeviation: Double?
    var rootMeanSquare: Double?
    var zeroShare: Double?

    enum CodingKeys: String, CodingKey {
      case values, mean
      case meanMagnitude = "mean_magnitude"
      case standardDeviation = "standard_deviation"
      case rootMeanSquare = "root_mean_square"
      case zeroShare = "zero_share"
    }

    init(_ statistics: NodeStatistics) {
      values = statistics.count
      mean = statistics.mean?.ifFinite
      meanMagnitude = statistics.meanMagnitude?.ifFinite
      standardDeviation = statistics.standardDeviation?.ifFinite
      rootMeanSquare = statistics.rootMeanSquare?.ifFinite
      zeroShare = statistics.zeroShare
    }
  }

  struct Layer: Encodable {
    var path: String
    var kind: String
    var shape: [Int]
    var numbers: Numbers
  }

  struct Block: Encodable {
    var path: String
    var branch: Numbers
    var shortcut: Numbers?
    var output: Numbers
    /// The root mean square of the branch over that of the shortcut.
    var ratio: Double?
  }

  struct Network: Encodable {
    var name: String
    var images: Int
    var untrained: Bool
    var layers: [Layer]
    var blocks: [Block]
  }

  struct Failed: Encodable {
    var input: String
    var error: String
  }

  var networks: [Network]
  var conclusions: [String]
  var errors: [Failed]

  init(_ study: ActivationStudy) {
    networks = study.profiles.map { profile in
      Network(
        name: profile.name, images: profile.images, untrained: profile.isUntrained,
        layers: profile.layers.map {
          Layer(
            path: $0.path, kind: $0.kind.rawValue,
            shape: [$0.shape.channels, $0.shape.height, $0.shape.width],
            numbers: Numbers($0.statistics))
        },
        blocks: profile.blocks.map {
          Block(
            path: $0.path, branch: Numbers($0.branch), shortcut: $0.shortcut.map(Numbers.init),
            output: Numbers($0.output), ratio: $0.ratio?.ifFinite)
        })
    }
    conclusions = study.conclusions
    errors = study.errors.map { Failed(input: $0.input, error: $0.error) }
  }
}

extension Double {
  /// The number; nil where JSON cannot write it.
  var ifFinite: Double? { isFinite ? self : nil }
}
