import Messages
import ModelDescriptor
import TensorCore
import WeightFiles

/// The mean and the standard deviation of images that a module before a network keeps, as buffers beside its weights.
struct NormalizationBuffers {
  /// The places of the two among the tensors.
  var mean: Int
  var std: Int

  private static let means: Set<Substring> = [
    "mean", "_mean", "new_mean", "pixel_mean", "image_mean", "img_mean", "data_mean", "norm_mean",
    "input_mean",
  ]

  /// Nil unless exactly one pair has a number for each channel.
  ///
  /// - Parameters:
  ///   - tensors: by names without wrappers.
  ///   - isBeside: true if a tensor is none of the network's.
  init?(_ tensors: [(name: String, shape: Shape)], channels: Int, where isBeside: (Int) -> Bool) {
    let fitting = tensors.indices.filter {
      isBeside($0) && tensors[$0].shape.elementCount == channels
        && tensors[$0].shape.dimensions.allSatisfy { $0 == 1 || $0 == channels }
    }
    let places = Dictionary(fitting.map { (tensors[$0].name, $0) }) { first, _ in first }
    let pairs = fitting.compactMap { index -> NormalizationBuffers? in
      let name = tensors[index].name
      let leaf = name.split(separator: ".").last ?? ""
      guard Self.means.contains(leaf),
        let std = places[String(name.dropLast(leaf.count) + leaf.replacing("mean", with: "std"))]
      else { return nil }
      return NormalizationBuffers(mean: index, std: std)
    }
    guard pairs.count == 1 else { return nil }
    self = pairs[0]
  }

  private init(mean: Int, std: Int) {
    self.mean = mean
    self.std = std
  }
}

/// Mean and standard deviation as a source keeps them.
struct StoredNormalization {
  /// The names of the two tensors, as messages show them.
  var names: String
  /// For each channel, or one for all, of colours of 0…1.
  var mean: [Double]
  var std: [Double]
  var order: Preprocessing.ChannelOrder = .rgb

  /// Nil where the numbers are none of images.
  init?(names: String, mean: [Double], std: [Double]) {
    self.names = names
    guard mean.count == std.count, mean.allSatisfy(\.isFinite), std.allSatisfy({ $0 > 0 && $0.isFinite })
    else {
      return nil
    }
    // Means above 1 are of colours of 0…255.
    let isOfBytes = mean.contains { $0 > 1 }
    self.mean = isOfBytes ? mean.map { $0 / 255 } : mean
    self.std = isOfBytes ? std.map { $0 / 255 } : std
    guard self.mean.allSatisfy({ (-1...1).contains($0) }) else { return nil }
    // ImageNet's blue is darkest: ascending means of it are those of blue, green and red.
    let caffe = Preprocessing.caffe.mean
    if mean.count == 3, zip(self.mean, caffe).allSatisfy({ abs($0 - $1) < 0.01 }) { order = .bgr }
  }

  /// A record with these numbers in place of its own.
  func record(like usual: Preprocessing) -> Preprocessing {
    var record = usual
    let channels = usual.mean.count
    record.mean = mean.count == 1 ? Array(repeating: mean[0], count: channels) : mean
    record.std = std.count == 1 ? Array(repeating: std[0], count: channels) : std
    record.channelOrder = order
    return record
  }
}

extension ImportSource {
  /// The numbers in a source's buffers; nil where they are of a type that is not read, or none of images.
  ///
  /// - Throws: ``ImportError`` where they cannot be read.
  func normalization(_ buffers: NormalizationBuffers) throws(ImportError) -> StoredNormalization? {
    func numbers(_ index: Int) throws(ImportError) -> [Double] {
      do {
        let tensor = try weights.read(index).asFloats()
        return (0..<tensor.shape.elementCount).map { Double("\(tensor.floats[$0])") ?? 0 }
      } catch {
        throw ImportError(error)
      }
    }
    let isReadable = [buffers.mean, buffers.std].allSatisfy {
      weights.tensors[$0].isSuitable || weights.tensors[$0].isWholeNumbers
    }
    guard isReadable else { return nil }
    let names = [buffers.mean, buffers.std].map { "'\(weights.tensors[$0].name.printable)'" }
    return StoredNormalization(
      names: names.joined(separator: " and "), mean: try numbers(buffers.mean), std: try numbers(buffers.std))
  }
}
