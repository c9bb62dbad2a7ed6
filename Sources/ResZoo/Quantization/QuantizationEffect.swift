public import Datasets
public import Metrics
import Threads

/// What quantization costs in accuracy: the answers of a network and of its quantized form to the same images.
public struct QuantizationEffect: Sendable {
  /// The images by who answers them rightly: first the network, second its quantized form.
  public private(set) var outcome = PairedOutcome()
  /// Images that could not be read, or to which the network itself has no finite answer.
  public private(set) var unreadable = 0

  /// The points of accuracy that are lost, from -100 to 100.
  public var drop: Double {
    guard outcome.images > 0 else { return 0 }
    return 100 * Double(outcome.firstRight - outcome.secondRight) / Double(outcome.images)
  }

  /// The answers of one network to a set.
  public struct Answers: Sendable {
    fileprivate struct Answer: Sendable {
      var classes: [Int]
      var isRight: Bool
    }

    /// Nil for images without one.
    fileprivate let answers: [Answer?]

    /// Evaluates a network on a set.
    ///
    /// - Parameters:
    ///   - classifier: the network.
    ///   - set: the images with their classes.
    ///   - progress: gets the number of images done so far, on any thread.
    /// - Throws: as ``Classifier/evaluate(_:threshold:progress:_:)``.
    public init(of classifier: Classifier, on set: ImageSet, progress: ((_ done: Int) -> Void)? = nil) throws
    {
      let answers = Locked<[Answer?]>([])
      _ = try classifier.evaluate(set, progress: progress) { image in
        let answer = (try? image.outcome.get()).map {
          Answer(classes: $0.predicted.map(\.index), isRight: $0.isCorrect)
        }
        answers.withLock { $0.append(answer) }
      }
      self.answers = answers.withLock { $0 }
    }
  }

  /// Compares the answers of a network and of its quantized form to the same set.
  ///
  /// - Parameters:
  ///   - answers: those of the network.
  ///   - quantized: those of its quantized form.
  public init(_ answers: Answers, of quantized: Answers) {
    for (first, second) in zip(answers.answers, quantized.answers) {
      guard let first else {
        unreadable += 1
        continue
      }
      // Where the quantized network has no finite answer, it is wrong.
      outcome.add(
        first: first.isRight, second: second?.isRight ?? false, areEqual: first.classes == second?.classes)
    }
  }
}
