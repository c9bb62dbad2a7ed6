import Datasets
import ImageInput
import ModelDescriptor
import TensorCore

/// The state of one image on its way into a batch.
enum LoadOutcome: Sendable {
  /// The image is not finished yet.
  case pending
  /// The pixels are there; the given part of the normalised image is to become 0.
  case ready(erasure: PixelRegion?)
  /// The image could not be read.
  case unreadable(reason: String)
}

/// The constant data that the lanes of a loader share.
struct LoaderTask: Sendable {
  let set: ImageSet
  /// The positions in the set.
  let order: [Int]
  /// For each place of the order, the number of times that its image came before; nil when none comes twice.
  let repeats: [Int]?
  let preprocessing: Preprocessing
  let augmentation: Augmentation
  let epoch: Int
  let seed: UInt64
  let files: RecordFiles

  /// The random numbers of the image at a place of the order.
  func random(at place: Int) -> SplitMix64 {
    let round = UInt64(repeats?[place] ?? 0)
    return SplitMix64(seed: seed &+ round &* 0xD6E8_FEB8_6659_FD93, epoch, order[place])
  }

  /// Counts the times that each element came before; nil when none comes twice.
  static func repeats(in order: [Int], count: Int) -> [Int]? {
    var seen = [Int](repeating: 0, count: count)
    let repeats = order.map { index in
      defer { seen[index] += 1 }
      return seen[index]
    }
    return repeats.contains { $0 > 0 } ? repeats : nil
  }
}

/// The buffers with which one thread turns images into pixels of the network's input.
final class LoaderLane: @unchecked Sendable {
  private let task: LoaderTask
  private let preparer: AugmentedPreparer

  /// - Throws: ``ImageError`` when the preprocessing is not for images.
  init(_ task: LoaderTask) throws(ImageError) {
    self.task = task
    preparer = try AugmentedPreparer(task.preprocessing, task.augmentation)
  }

  /// Prepares the image at a place of the order.
  ///
  /// - Parameter canvas: memory for [height][width][channels] of the network's input.
  func load(place: Int, into canvas: UnsafeMutablePointer<UInt8>) -> LoadOutcome {
    defer { preparer.trim() }
    let index = task.order[place]
    var random = task.random(at: place)
    do {
      switch task.set.sources[index] {
      case .file(let path):
        let image = try unsafe preparer.load(atPath: path)
        return .ready(erasure: try unsafe preparer.frame(image, random: &random, into: canvas))
      case .member(let path, _, let offset, let count):
        let bytes = try ImageSource.bytes(at: offset, count: count, of: path)
        let image = try unsafe preparer.load(bytes.span)
        return .ready(erasure: try unsafe preparer.frame(image, random: &random, into: canvas))
      case .illegible(let name): throw ImageError.illegible(name)
      case .data(_, let bytes):
        let image = try unsafe preparer.load(bytes.span)
        return .ready(erasure: try unsafe preparer.frame(image, random: &random, into: canvas))
      case .record(let path, let record):
        let image = try unsafe task.files.withPlanes(path, record) { planes in
          try unsafe preparer.load(planes: planes, side: RecordFiles.side)
        }
        return .ready(erasure: try unsafe preparer.frame(image, random: &random, into: canvas))
      }
    } catch let error as ImageError {
      return .unreadable(reason: error.message)
    } catch {
      return .unreadable(reason: "\(error)")
    }
  }
}
