/// The time that networks take for an image, measured in turns, as machines change their speed within seconds.
package enum SpeedMeasurement {
  /// Images that go through a network together.
  package static let batch = 8

  /// The median time of each network for an image, in seconds, without decoding and preprocessing.
  ///
  /// - Parameters:
  ///   - classifiers: the networks, which take one view of each image.
  ///   - threads: the number of processors; 0 for all.
  ///   - seconds: about how long to measure all of them.
  /// - Throws: ``ClassificationError`` when the feature maps do not fit in memory.
  package static func secondsPerImage(
    of classifiers: [Classifier], threads: Int, seconds: Double = 2
  ) throws(ClassificationError) -> [Double] {
    var runs: [Run] = []
    for classifier in classifiers { runs.append(try Run(classifier, threads: threads)) }
    let start = ContinuousClock.now
    repeat {
      for index in runs.indices { runs[index].time() }
    } while ContinuousClock.now - start < .seconds(seconds) || runs[0].times.count < fewestRounds
    return runs.map { run in
      let sorted = run.times.dropFirst(warmUps).sorted()
      return sorted[sorted.count / 2] / Double(batch)
    }
  }

  private static let warmUps = 1
  private static let fewestRounds = 4

  private struct Run {
    let lane: ClassifierLane
    let input: [Float]
    var times: [Double] = []

    init(_ classifier: Classifier, threads: Int) throws(ClassificationError) {
      lane = try ClassifierLane(classifier, capacity: batch, threads: threads)
      // Any numbers about as large as those of images.
      input = (0..<classifier.inputExtents.reduce(1, *)).map { Float($0 % 17) / 8 - 1 }
    }

    mutating func time() {
      // A run uses its input up; finite numbers are never refused.
      for slot in 0..<batch { _ = try? lane.fill(slot, with: input.span, row: 0) }
      let start = ContinuousClock.now
      lane.run(count: batch)
      times.append((ContinuousClock.now - start) / .seconds(1))
    }
  }
}
