import Datasets
import ImageInput
import Inference
import ResNetModel
import TensorCore

/// Measures the maps of a network that are to be rounded, over images.
struct MapSurvey {
  private let model: Model
  private let maps: [Int]
  private let pipeline: ImagePipeline

  init(_ model: Model, maps: [Int], options: Classifier.Options) throws {
    var options = options
    options.batch = 1
    self.model = model
    self.maps = maps
    do {
      var pipeline = try ImagePipeline(model, outputs: maps, options: options)
      // All maps of one image are kept at once, in every lane; lanes may take a quarter of the machine.
      let bytes = pipeline.plan.memoryNeeded(capacity: 1, threads: 1) ?? .max
      pipeline.laneLimit = max(1, Machine.memoryByteCount / 4 / max(1, bytes))
      self.pipeline = pipeline
    } catch {
      throw QuantizationError.inference(error)
    }
  }

  /// The statistics of each map over all images that can be read.
  func measure(
    _ images: [ImageSource],
    _ body: (_ input: String, _ outcome: Result<ImageInfo?, ImageError>) throws -> Void
  ) throws -> [Int: MapStatistics] {
    let maps = maps
    let plan = pipeline.plan
    var sums: [Int: MapStatistics] = [:]
    try pipeline.run(images) { ran in
      maps.map { map in
        ran.session.withOutput(map, of: ran.slot) {
          MapStatistics($0, channels: plan.shape(of: map).channels)
        }
      }
    } emit: { image, outcome in
      if case .success(let measured) = outcome.value {
        for (map, statistics) in zip(maps, measured) {
          guard let statistics else {
            throw QuantizationError.notFinite(
              node: model.graph.nodes[map].name, image: images[image].description)
          }
          if sums[map] == nil { sums[map] = statistics } else { sums[map]?.add(statistics) }
        }
      }
      try body(images[image].description, outcome.value.map { _ in outcome.image })
    }
    guard !sums.isEmpty else { throw QuantizationError.noImages }
    return sums
  }
}
