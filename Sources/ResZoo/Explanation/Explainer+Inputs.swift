import Datasets
import ImageInput
import ModelDescriptor
import ResNetGraph

extension Graph {
  /// The node that is explained: that of a path, or without one the node that the global pooling reads.
  ///
  /// - Throws: ``ExplanationError/unknownPath(_:near:)``, and ``ExplanationError/noPlaces(node:size:earlier:)`` for a node whose maps have one
  ///   pixel.
  func explainedNode(_ path: String?, height: Int, width: Int) throws(ExplanationError) -> Int {
    let node: Int
    if let path {
      guard let found = self.node(atPath: path) else { throw .unknownPath(path, near: paths(near: path)) }
      node = found
    } else {
      node = GlobalPooling(self).input
    }
    let shapes: [FeatureShape]
    do {
      shapes = try self.shapes(height: height, width: width)
    } catch {
      throw .options("\(error.message)")
    }
    guard shapes[node].height * shapes[node].width > 1, node != nodes.count - 1 else {
      let earlier = nodes[..<node].indices.last { shapes[$0].height * shapes[$0].width > 1 && $0 > 0 }
      throw .noPlaces(
        node: nodes[node].name, size: "\(height)×\(width)", earlier: earlier.map { nodes[$0].name })
    }
    return node
  }
}

extension Preprocessing {
  /// The same way to an input whose shorter side has so many pixels; all sizes grow by the same factor.
  ///
  /// - Parameter side: nil for no change.
  func resized(shorterSide side: Int?) throws(ExplanationError) -> Preprocessing {
    guard let side else { return self }
    guard Graph.inputSideLimit.contains(side) else {
      throw .options(
        "an input of \(side) pixels; it must be from \(Graph.inputSideLimit.lowerBound) to \(Graph.inputSideLimit.upperBound)"
      )
    }
    let factor = Double(side) / Double(min(inputSize[1], inputSize[2]))
    func scaled(_ length: Int) -> Int { max(1, Int((Double(length) * factor).rounded())) }
    var record = self
    record.inputSize = [inputSize[0], scaled(inputSize[1]), scaled(inputSize[2])]
    record.resize = resize.map(scaled)
    record.crop = crop.map(scaled)
    return record
  }

  /// The network's input without content, [height][width][channels].
  func input(of baseline: Explainer.Baseline) -> [Float] {
    let count = inputSize[1] * inputSize[2]
    let pixel = zip(mean, std).map { baseline == .mean ? 0 : (0 - Float($0)) / Float($1) }
    return (0..<count).flatMap { _ in pixel }
  }
}

extension ImageSource {
  /// The image after resizing and cropping.
  func prepared(by preprocessor: Preprocessor) throws(ImageError) -> PreparedImage {
    switch self {
    case .file(let path): return try preprocessor.preparePixels(atPath: path)
    case .data(_, let bytes): return try preprocessor.preparePixels(bytes)
    case .member(let path, _, let offset, let count):
      return try preprocessor.preparePixels(ImageSource.bytes(at: offset, count: count, of: path))
    case .illegible(let name): throw .illegible(name)
    case .record(let path, let index):
      do {
        return try RecordFiles(of: [self]).withPlanes(path, index) { planes in
          try preprocessor.preparePixels(planes: planes, side: RecordFiles.side)
        }
      } catch let error as ImageError {
        throw error
      } catch {
        throw ImageError(.unreadable, "\(error)")
      }
    }
  }
}
