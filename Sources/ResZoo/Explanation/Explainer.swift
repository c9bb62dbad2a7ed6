public import Datasets
import ImageInput
import Inference
import Metrics
public import ModelDescriptor
import ResNetGraph
public import ResNetModel
import Threads

/// Says which parts of an image a network's answer rests on.
///
/// The explained number is a logit, before softmax and sigmoid, or the difference of two. Maps are given as computed, so that their numbers can
/// be compared and added; ``HeatImage`` colours them. A quantized network is explained as the network of real numbers with its weights. One
/// explainer is used by one thread at a time; it runs on several.
public final class Explainer {
  /// The input that stands for no content.
  public enum Baseline: String, Hashable, Sendable, CaseIterable {
    /// Black pixels.
    case black
    /// The mean colour of preprocessing, which becomes 0.
    case mean
  }

  /// The method and its settings.
  public struct Options: Hashable, Sendable {
    /// The method.
    public var method: ExplanationMethod
    /// The node, block or stage that is looked at; nil for the last with height and width, before the global pooling.
    public var node: String?
    /// The shorter side of the network's input; nil for that of its preprocessing. Larger inputs give finer maps.
    public var size: Int?
    /// Pixels of the side of a window of occlusion; nil for about an eighth of the shorter side.
    public var window: Int?
    /// Pixels from one window to the next; nil for about half a window.
    public var stride: Int?
    /// The input without content; nil for black in integrated gradients and for the mean colour in occlusion.
    public var baseline: Baseline?
    /// The most derivatives of one map of integrated gradients.
    public var steps: Int
    /// Workers; 0 for all processors.
    public var threads: Int
    /// True to take images as they are stored, without turning them upright.
    public var ignoresExif: Bool

    /// Options with defaults.
    public init(
      method: ExplanationMethod = .gradCAM, node: String? = nil, size: Int? = nil, window: Int? = nil,
      stride: Int? = nil, baseline: Baseline? = nil, steps: Int = 512, threads: Int = 0,
      ignoresExif: Bool = false
    ) {
      self.method = method
      self.node = node
      self.size = size
      self.window = window
      self.stride = stride
      self.baseline = baseline
      self.steps = steps
      self.threads = threads
      self.ignoresExif = ignoresExif
    }
  }

  /// The model's description.
  public let descriptor: ModelDescriptor
  /// The preprocessing that images go through, at the size that was asked for.
  public let preprocessing: Preprocessing
  /// The method.
  public let method: ExplanationMethod
  /// The node that is looked at; nil for methods that look at pixels.
  public let node: String?
  /// True if the network was quantized, and its weights are explained as real numbers.
  public let isDequantized: Bool
  /// The side of a window of occlusion, and the distance to the next one; nil for other methods.
  public let windows: (side: Int, stride: Int)?
  /// The input without content, for methods that have one.
  public let baseline: Baseline?
  private let engine: any ExplanationEngine
  private let preprocessor: Preprocessor
  private let normalization: Normalization

  /// The share of the gain that integrated gradients may miss.
  private static let tolerance = 0.005

  /// Prepares a model for one method.
  ///
  /// - Throws: ``ExplanationError``.
  public init(_ model: Model, options: Options = Options()) throws(ExplanationError) {
    let plain: Model
    do {
      plain = try model.dequantized()
    } catch {
      throw .training(TrainingError(.network, "\(error)"))
    }
    guard plain.descriptor.architecture.head != .none else {
      throw .inference(
        InferenceError(
          .answer, "the network has no head: it puts out features and knows no classes; fine-tune it first"))
    }
    isDequantized = model.quantization != nil
    descriptor = plain.descriptor
    method = options.method
    var record = try plain.descriptor.preprocessing.resized(shorterSide: options.size)
    if options.ignoresExif { record.exif = .ignore }
    preprocessing = record
    do {
      preprocessor = try Preprocessor(record)
    } catch {
      throw .image(error)
    }
    normalization = Normalization(record)
    let (height, width) = (record.inputSize[1], record.inputSize[2])
    if let node = options.node, !method.takesNode {
      throw .options("\(method.title) looks at no node, and '\(node)' is named")
    }
    let pool = WorkerPool(threads: options.threads)
    let baseline = options.baseline ?? (method == .occlusion ? .mean : .black)
    let side = options.window ?? max(1, (min(height, width) + 4) / 8)
    let stride = options.stride ?? max(1, side / 2)
    switch method {
    case .classMap:
      engine = try ClassMapEngine(plain, height: height, width: width, pool: pool)
    case .saliency:
      engine = try SaliencyEngine(plain, height: height, width: width, pool: pool)
    case .integratedGradients:
      engine = try IntegratedGradientsEngine(
        plain, height: height, width: width, baseline: record.input(of: baseline), tolerance: Self.tolerance,
        limit: options.steps, pool: pool)
    case .occlusion:
      try OcclusionEngine.requireWindows(height: height, width: width, window: side, stride: stride)
      engine = try OcclusionEngine(
        plain, height: height, width: width, baseline: record.input(of: baseline), window: side,
        stride: stride,
        pool: pool)
    default:
      let chosen = try plain.graph.explainedNode(options.node, height: height, width: width)
      engine = try ActivationEngine(
        plain, method: method, node: chosen, height: height, width: width, pool: pool)
    }
    windows = method == .occlusion ? (side, stride) : nil
    self.baseline = method == .occlusion || method == .integratedGradients ? baseline : nil
    node =
      method.takesNode
      ? plain.graph.nodes[try plain.graph.explainedNode(options.node, height: height, width: width)].name
      : method == .classMap ? plain.graph.nodes[GlobalPooling(plain.graph).input].name : nil
  }

  /// Explains answers to one image.
  ///
  /// - Parameters:
  ///   - source: the image.
  ///   - answers: the answers; without any the likeliest one.
  ///   - other: the class with which the likeliest is compared where no answers are given; nil for none.
  ///   - top: the number of likeliest classes that are listed.
  /// - Returns: a map for each answer, [height, width] of the node for methods that look at one, else of the input.
  /// - Throws: ``ExplanationError``; ``ExplanationError/image(_:)`` when the image cannot be read or has no finite answer.
  public func explain(
    _ source: ImageSource, _ answers: [ExplainedAnswer] = [], comparedWith other: Int? = nil, top: Int = 5
  ) throws(ExplanationError) -> ImageExplanation {
    let image: PreparedImage
    do {
      image = try source.prepared(by: preprocessor)
    } catch {
      throw .image(error)
    }
    preprocessor.trim()
    let logits = try engine.begin(input(of: image))
    guard logits.allSatisfy(\.isFinite) else {
      throw .image(
        ImageError(.notFinite, "the network's answer is not finite for this image; check its weights"))
    }
    let scores = Scores(logits.span, form: AnswerForm(of: descriptor).scoreForm(views: 1))
    let answers =
      answers.isEmpty
      ? [
        ExplainedAnswer(
          likeliestOf: logits, answer: descriptor.architecture.answer, comparedWith: other)
      ] : answers
    var maps: [Explanation] = []
    for answer in answers {
      maps.append(
        Explanation(answer: answer, value: answer.value(of: logits), try engine.map(for: answer)))
    }
    let explained = Set(answers.map(\.index))
    let classes = Classification(scores, of: descriptor, count: descriptor.architecture.classes).top
    let shown = classes.enumerated().filter { $0 < top || explained.contains($1.index) }.map(\.element)
    return ImageExplanation(image: image, top: shown, maps: maps)
  }

  /// The network's input for a prepared image.
  private func input(of image: PreparedImage) -> [Float] {
    var input = Array(repeating: Float(0), count: image.pixels.count)
    unsafe image.pixels.withUnsafeBufferPointer { source in
      unsafe input.withUnsafeMutableBufferPointer { target in
        unsafe normalization.apply(
          source.baseAddress, pixels: image.height * image.width, to: target.baseAddress)
      }
    }
    return input
  }
}
