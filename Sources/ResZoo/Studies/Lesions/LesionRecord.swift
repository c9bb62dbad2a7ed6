/// The numbers of a study of lesions, as JSON has them.
struct LesionRecord: Encodable {
  struct Block: Encodable {
    var path: String
    /// The reason why it cannot be left out.
    var obstacle: String?
  }

  struct Lesion: Encodable {
    var without: [String]
    var correct: Int
    var accuracy: Double
    /// The accuracy of the whole network less this one.
    var drop: Double
  }

  struct Network: Encodable {
    var name: String
    var plain: Bool
    var untrained: Bool
    var blocks: [Block]
    /// The base-2 logarithm of the number of paths.
    var pathsLog2: Int
    var images: Int
    var correct: Int
    var accuracy: Double
    var lesions: [Lesion]

    enum CodingKeys: String, CodingKey {
      case name, plain, untrained, blocks, images, correct, accuracy, lesions
      case pathsLog2 = "paths_log2"
    }
  }

  struct Failed: Encodable {
    var input: String
    var error: String
  }

  var networks: [Network]
  var draws: Int
  var largest: Int
  var conclusions: [String]
  var errors: [Failed]

  init(_ study: LesionStudy) {
    networks = study.networks.map { network in
      Network(
        name: network.name, plain: network.isPlain, untrained: network.isUntrained,
        blocks: network.blocks.map { Block(path: $0.path, obstacle: $0.obstacle) },
        pathsLog2: network.isPlain ? 0 : network.blocks.count, images: network.images,
        correct: network.whole.correct, accuracy: network.accuracy(network.whole),
        lesions: network.lesions.map {
          Lesion(
            without: $0.without, correct: $0.correct, accuracy: network.accuracy($0), drop: network.drop($0))
        })
    }
    draws = study.options.draws
    largest = study.options.largest
    conclusions = study.conclusions
    errors = study.errors.map { Failed(input: $0.input, error: $0.error) }
  }
}
