import Platform

/// The learning rate over a training, as a factor of the rate that was asked for.
///
/// `step` and `multistep` change it between epochs, as torchvision's training script does; `cosine`, `onecycle` and the warm-up
/// change it with every step.
public struct Schedule: Hashable, Sendable {
  /// The course of the rate behind the warm-up.
  public enum Kind: Hashable, Sendable {
    /// The same rate all the time.
    case constant
    /// Multiplied by `gamma` every so many epochs (PyTorch's `StepLR`).
    case step(epochs: Int, gamma: Double)
    /// Multiplied by `gamma` when so many epochs of the run are done (`MultiStepLR`).
    case multistep(milestones: [Int], gamma: Double)
    /// Down to 0 on half a cosine (`CosineAnnealingLR`; Loshchilov and Hutter 2016).
    case cosine
    /// From a 25th up in 30 % of the steps, then down to a 250,000th, each on half a cosine (`OneCycleLR` without the cycle of
    /// momenta; Smith and Topin 2017).
    case onecycle
  }

  /// The course of the rate behind the warm-up.
  public var kind: Kind
  /// Steps of the whole run, the warm-up's among them.
  public var steps: Int
  /// Steps of an epoch.
  public var stepsPerEpoch: Int
  /// Steps in which the rate grows linearly, from a hundredth (PyTorch's `LinearLR` with torchvision's factor).
  public var warmupSteps: Int

  /// A schedule from its fields.
  ///
  /// - Precondition: there is at least one step in an epoch.
  public init(kind: Kind, steps: Int, stepsPerEpoch: Int, warmupSteps: Int = 0) {
    precondition(stepsPerEpoch > 0, "epochs of \(stepsPerEpoch) steps")
    self.kind = kind
    self.steps = steps
    self.stepsPerEpoch = stepsPerEpoch
    self.warmupSteps = warmupSteps
  }

  /// The factor of a step, counted from 0 over the run.
  public func factor(step: Int) -> Double {
    guard step >= warmupSteps else {
      return 0.01 + 0.99 * Double(step) / Double(warmupSteps)
    }
    let epoch = step / stepsPerEpoch
    let (done, all) = (Double(step - warmupSteps), Double(steps - warmupSteps))
    switch kind {
    case .constant: return 1
    case .step(let epochs, let gamma): return pow(gamma, Double(epoch / max(epochs, 1)))
    case .multistep(let milestones, let gamma):
      return pow(gamma, Double(milestones.count { $0 <= epoch }))
    case .cosine: return done >= all ? 0 : (1 + cos(.pi * done / all)) / 2
    case .onecycle: return Self.oneCycle(done, of: all)
    }
  }

  private static func oneCycle(_ done: Double, of all: Double) -> Double {
    let (first, last) = (1.0 / 25, 1.0 / 250_000)
    func half(from start: Double, to end: Double, _ share: Double) -> Double {
      end + (start - end) / 2 * (1 + cos(.pi * min(max(share, 0), 1)))
    }
    let peak = 0.3 * all - 1
    guard done > peak else { return half(from: first, to: 1, peak > 0 ? done / peak : 1) }
    let rest = all - 1 - peak
    return half(from: 1, to: last, rest > 0 ? (done - peak) / rest : 1)
  }
}
