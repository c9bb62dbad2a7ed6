import Platform

/// The probabilities that a network gives the classes of one image.
package struct Scores: Hashable, Sendable {
  /// The way from logits to probabilities.
  package enum Form: Hashable, Sendable {
    /// One of many classes, by the softmax of the logits divided by a temperature above 0.
    case softmax(temperature: Double)
    /// Each class for itself.
    case sigmoid
  }

  /// The probability of each class.
  package let probabilities: [Double]
  /// The output of the network for each class; of several views their mean.
  package let logits: [Float]
  /// The softmax of one view; nil for several, and for a sigmoid.
  private let softmax: Softmax?
  private let isAveraged: Bool

  /// The scores of one view.
  ///
  /// - Complexity: O(logits).
  package init(_ logits: Span<Float>, form: Form) {
    self.logits = logits.indices.map { logits[$0] }
    isAveraged = false
    switch form {
    case .softmax(let temperature):
      let softmax = Softmax(logits, temperature: temperature)
      probabilities = self.logits.map { softmax.probability(of: $0) }
      self.softmax = softmax
    case .sigmoid:
      probabilities = self.logits.map { sigmoid(of: $0) }
      softmax = nil
    }
  }

  /// The mean probabilities of several views of an image.
  ///
  /// - Parameters:
  ///   - views: scores at the temperature 1.
  ///   - temperature: changes the mean as it would change the softmax of one view: to the power of 1 / temperature, brought to the
  ///     sum 1 again. So it changes no order of classes here either.
  /// - Precondition: there is a view, and all have as many classes.
  package init(averaging views: [Scores], temperature: Double = 1) {
    let count = Double(views.count)
    let classes = views[0].logits.indices
    let means = classes.map { index in views.reduce(0) { $0 + $1.probabilities[index] } / count }
    probabilities = temperature == 1 ? means : Self.tempered(means, temperature)
    logits = classes.map { index in Float(views.reduce(0) { $0 + Double($1.logits[index]) } / count) }
    softmax = nil
    isAveraged = true
  }

  private static func tempered(_ means: [Double], _ temperature: Double) -> [Double] {
    guard let largest = means.max(), largest > 0 else { return means }
    // Relative to the largest, so that none but negligible ones become 0.
    let powers = means.map { pow($0 / largest, 1 / temperature) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// The likeliest class, the first of several.
  package var likeliest: Int {
    isAveraged ? probabilities.span.indexOfLargest : logits.span.indexOfLargest
  }

  /// The likeliest classes, the likeliest first, equal ones in their order.
  ///
  /// - Complexity: O(classes · count).
  package func likeliest(_ count: Int) -> [Int] {
    isAveraged ? probabilities.span.indicesOfLargest(count) : logits.span.indicesOfLargest(count)
  }

  /// The number of classes that are likelier than one.
  package func rank(of index: Int) -> Int {
    isAveraged ? probabilities.span.rank(of: index) : logits.span.rank(of: index)
  }

  /// The cross-entropy in nats of an image of this class, of many.
  package func crossEntropy(of index: Int) -> Double {
    softmax.map { $0.loss(of: logits[index]) } ?? Self.surprise(probabilities[index])
  }

  /// The binary cross-entropy in nats of one class.
  ///
  /// - Parameter isTrue: true if the image is of the class.
  package func binaryCrossEntropy(of index: Int, isTrue: Bool) -> Double {
    guard !isAveraged else {
      return Self.surprise(isTrue ? probabilities[index] : 1 - probabilities[index])
    }
    let logit = Double(logits[index])
    return max(logit, 0) - (isTrue ? logit : 0) + log1p(exp(-logit.magnitude))
  }

  /// The negative logarithm of a probability; finite for 0 too.
  private static func surprise(_ probability: Double) -> Double {
    -log(max(probability, .leastNormalMagnitude))
  }
}
