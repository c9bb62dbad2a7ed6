import ImageInput
import Messages
import ResNetGraph
import TensorCore

/// Mixes each input of a batch with the one before it, the first with the last, and their targets in the same proportion,
/// as torchvision's `MixUp` and `CutMix` do.
public struct BatchMixing: Hashable, Sendable {
  /// The parameter of the beta distribution of mixup's proportions (Zhang et al. 2017); 0 for no mixup.
  public let mixup: Double
  /// The parameter of the beta distribution of cutmix's areas (Yun et al. 2019); 0 for no cutmix.
  public let cutmix: Double

  /// No mixing.
  public static let none = BatchMixing()

  /// The largest value of either parameter.
  public static let alphaLimit = 100.0

  private init() {
    (mixup, cutmix) = (0, 0)
  }

  /// Mixing in one of the two ways, or in a random one for each batch.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` for parameters that are not from 0 to ``alphaLimit``.
  public init(mixup: Double = 0, cutmix: Double = 0) throws(TrainingError) {
    for (name, alpha) in [("mixup", mixup), ("cutmix", cutmix)] where !(0...Self.alphaLimit).contains(alpha) {
      throw TrainingError(
        .options,
        "\(name) with \(alpha); it must be from 0, for none, to \(Self.alphaLimit): 0.2 and 1 are usual")
    }
    self.mixup = mixup
    self.cutmix = cutmix
  }

  /// Mixes a batch in place. The input of a batch of one is mixed with itself: it stays as it is.
  ///
  /// - Parameters:
  ///   - seed: the same seed and step mix in the same way.
  ///   - step: the number of the step in the whole run.
  /// - Precondition: no target is a mixture.
  func apply(to batch: TrainingBatch, seed: UInt64, step: Int) {
    guard mixup > 0 || cutmix > 0 else { return }
    guard batch.count > 1 else {
      batch.targets = batch.targets.map { TrainingBatch.Target($0, $0, share: 1) }
      return
    }
    var random = SplitMix64(seed: seed, step, -2)
    let cuts = mixup > 0 && cutmix > 0 ? random.next(below: 2) == 1 : cutmix > 0
    if cuts {
      let share = random.nextBeta(cutmix)
      let box = Self.box(share: share, width: batch.shape.width, height: batch.shape.height, random: &random)
      cut(batch, box)
    } else {
      blend(batch, share: random.nextBeta(mixup))
    }
  }

  /// Draws the rectangle that comes from the other image: its centre lies anywhere in the image, its area is 1 less the share of
  /// the image, and the part beyond the image is cut off.
  static func box(share: Double, width: Int, height: Int, random: inout SplitMix64) -> PixelRegion {
    let centerX = random.next(below: width)
    let centerY = random.next(below: height)
    let half = 0.5 * (1 - share).squareRoot()
    let (halfWidth, halfHeight) = (Int(half * Double(width)), Int(half * Double(height)))
    return PixelRegion(
      columns: max(centerX - halfWidth, 0)..<min(centerX + halfWidth, width),
      rows: max(centerY - halfHeight, 0)..<min(centerY + halfHeight, height))
  }

  /// Replaces each input by `share` of itself and the rest of the one before it.
  func blend(_ batch: TrainingBatch, share: Double) {
    let (own, other) = (Float(share), Float(1 - share))
    unsafe mix(batch, share: own) { input, before in
      for index in input.indices { unsafe input[index] = before[index] * other + input[index] * own }
    }
  }

  /// Replaces the box of each input by that of the one before it.
  func cut(_ batch: TrainingBatch, _ box: PixelRegion) {
    let (width, channels) = (batch.shape.width, batch.shape.channels)
    let area = box.columns.count * box.rows.count
    let share = 1 - Double(area) / Double(width * batch.shape.height)
    unsafe mix(batch, share: Float(share)) { input, before in
      for row in box.rows {
        let start = (row * width + box.columns.lowerBound) * channels
        for index in start..<start + box.columns.count * channels { unsafe input[index] = before[index] }
      }
    }
  }

  /// Goes through the batch backwards, so that the input before each is still as it was; the last is kept for the first.
  private func mix(
    _ batch: TrainingBatch, share: Float,
    _ body: (_ input: UnsafeMutableBufferPointer<Float>, _ before: UnsafeBufferPointer<Float>) -> Void
  ) {
    let targets = batch.targets
    var last = [Float](repeating: 0, count: batch.shape.elementCount)
    batch.withInput(batch.count - 1) { input in
      for index in input.indices { last[index] = input[index] }
    }
    for slot in stride(from: batch.count - 1, through: 0, by: -1) {
      let before = slot > 0 ? slot - 1 : batch.count - 1
      batch.withInput(slot) { input in
        unsafe input.withUnsafeMutableBufferPointer { input in
          guard slot > 0 else {
            return unsafe last.withUnsafeBufferPointer { unsafe body(input, $0) }
          }
          batch.withInput(before) { other in
            unsafe other.withUnsafeMutableBufferPointer { unsafe body(input, UnsafeBufferPointer($0)) }
          }
        }
      }
      batch.targets[slot] = TrainingBatch.Target(targets[slot], targets[before], share: share)
    }
  }
}
