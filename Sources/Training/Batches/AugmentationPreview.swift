package import Datasets
package import ImageInput
import Messages
package import ModelDescriptor
import TensorCore

/// Images as a training sees them: the pixels after the changes that seed, epoch and position decide on.
package struct AugmentationPreview {
  private let set: ImageSet
  private let preprocessing: Preprocessing
  private let augmentation: Augmentation
  private let seed: UInt64
  private let files: RecordFiles

  /// - Parameter set: a training's images, whose positions count.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/file`` when a file of records cannot be opened.
  package init(
    _ set: ImageSet, preprocessing: Preprocessing, augmentation: Augmentation, seed: UInt64
  ) throws(TrainingError) {
    self.set = set
    self.preprocessing = preprocessing
    self.augmentation = augmentation
    self.seed = seed
    do {
      files = try RecordFiles(of: set.sources)
    } catch {
      throw TrainingError(error)
    }
  }

  /// The pixels of an image in an epoch, [height][width][channels]; parts that the training erases have the mean colour.
  ///
  /// - Parameters:
  ///   - index: the position of the image.
  ///   - epoch: from 1; nil for the image without changes.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/data`` for an image that cannot be read.
  package func pixels(of index: Int, epoch: Int?) throws(TrainingError) -> [UInt8] {
    let task = LoaderTask(
      set: set, order: [index], repeats: nil, preprocessing: preprocessing,
      augmentation: epoch == nil ? .none : augmentation, epoch: epoch ?? 0, seed: seed, files: files)
    let lane: LoaderLane
    do {
      lane = try LoaderLane(task)
    } catch {
      throw TrainingError(.network, "\(error.message)")
    }
    let size = preprocessing.inputSize
    var pixels = [UInt8](repeating: 0, count: size.reduce(1, *))
    let outcome = unsafe pixels.withUnsafeMutableBufferPointer { canvas in
      unsafe canvas.baseAddress.map { unsafe lane.load(place: 0, into: $0) } ?? .pending
    }
    switch outcome {
    case .pending: return pixels
    case .unreadable(let reason): throw TrainingError(.data, "\(set.sources[index]): \(reason)")
    case .ready(let erasure):
      let colour = preprocessing.mean.map { UInt8(min(max(255 * $0, 0), 255).rounded()) }
      let mean = preprocessing.channelOrder == .bgr ? colour.reversed() : colour
      let (width, channels) = (size[2], size[0])
      for row in erasure?.rows ?? 0..<0 {
        for column in erasure?.columns ?? 0..<0 {
          for channel in 0..<channels {
            pixels[(row * width + column) * channels + channel] = mean[channel % mean.count]
          }
        }
      }
      return pixels
    }
  }
}
