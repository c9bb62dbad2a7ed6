import Charts
import Datasets
import Files
import ImageInput
public import Messages
public import ResNetModel
import TensorCore
public import Training

/// What is wrong, or may be, with the images of a data set.
///
/// Without a network: files that cannot be read, copies within a set and between the images to train on and those to validate with, images
/// that are dark, blurred or otherwise odd, and classes with few images. With one, also labels that are probably wrong, by confident learning
/// (Northcutt, Jiang and Chuang 2021) from regressions on the network's features that did not learn from the image
/// in question, and images unlike all others, by the mean distance to the nearest neighbours (Kuan and Mueller 2022, "Back to the Basics:
/// Revisiting Out-of-Distribution Detection Baselines").
public struct DatasetAudit: Sendable {
  /// Settings of an audit.
  public struct Options: Sendable {
    /// The seed of the folds; the same gives the same findings.
    public var seed: UInt64
    /// The number of parts that are held out in turn to check labels.
    public var folds: Int
    /// The number of nearest neighbours by whose distance outliers are found.
    public var neighbours: Int
    /// True to find copies that are mirrored too.
    public var findsMirrored: Bool
    /// The number of processors to use; 0 for all.
    public var threads: Int
    /// The images that go through the network together on each processor.
    public var batch: Int
    /// Where what was computed of images is kept, so that an audit that is interrupted goes on; nil for nowhere.
    public var cache: FeatureCacheOptions?

    /// Settings; the usual ones by default.
    public init(
      seed: UInt64 = 0, folds: Int = 5, neighbours: Int = 10, findsMirrored: Bool = false, threads: Int = 0,
      batch: Int = 8, cache: FeatureCacheOptions? = FeatureCacheOptions()
    ) {
      self.seed = seed
      self.folds = folds
      self.neighbours = neighbours
      self.findsMirrored = findsMirrored
      self.threads = threads
      self.batch = batch
      self.cache = cache
    }
  }

  /// A part of the work.
  public enum Stage: String, Hashable, Sendable {
    /// Images are read and measured.
    case measuring
    /// Images are compared with each other.
    case comparing
    /// The network computes features.
    case features
    /// Distances between features are computed.
    case neighbours
    /// Regressions learn from all folds but one.
    case folds
  }

  /// Gets the number of steps done of a stage and of all of them, on any thread.
  public typealias Progress = @Sendable (_ stage: Stage, _ done: Int, _ total: Int) -> Void

  /// The images.
  public let images: AuditedImages
  /// The findings, by kind, those with the highest score first.
  public private(set) var findings: [AuditFinding] = []
  /// The number of images that could be read.
  public private(set) var readableCount = 0
  /// Remarks on what was not looked at, and why.
  public private(set) var notices: [Remark] = []
  /// Places of images in a plane in which those that the network finds alike are near: their two principal components. At most some
  /// thousands; empty without a network.
  public private(set) var map: [MapPoint] = []

  /// The place of an image in the plane of its features' first two principal components.
  public struct MapPoint: Hashable, Sendable {
    /// The place of the image among all.
    public var image: Int
    /// The first component.
    public var x: Double
    /// The second component.
    public var y: Double
  }

  /// Audits images.
  ///
  /// - Parameters:
  ///   - images: the data set, and the set to validate with.
  ///   - model: the network whose features tell what is alike; nil to look for what needs none.
  ///   - options: the settings.
  ///   - progress: is told how far the work is.
  /// - Throws: ``AuditError`` for impossible options, ``SimilarityError`` with `missingLibrary`, ``FeatureError`` when the network takes no such images, ``ClassificationError``,
  ///   ``DatasetError`` when a file of records cannot be opened, ``TrainingError`` when the given folder for features cannot be used.
  public init(
    of images: AuditedImages, model: Model? = nil, options: Options = Options(),
    progress: Progress? = nil
  ) throws {
    try Self.check(options, images)
    if model != nil { try EmbeddingTable.requireLibrary() }
    self.images = images
    let progress: Progress = progress ?? { _, _, _ in }
    let readable: [Int]
    let digests: [ImageDigest?]
    let stamps: [FileStamp?]
    let groups: [[Int]]
    do {
      let survey = try ImageSurvey(of: images.sources, options: options, progress: progress)
      notices += survey.notices
      readable = images.sources.indices.filter { survey.images[$0] != nil }
      readableCount = readable.count
      (digests, stamps) = (survey.digests, survey.stamps)
      add(
        survey.unreadable.map { image, reason in
          images.finding(.broken, image, score: 1, reason: reason, suggestion: .drop)
        })
      let copies = CopySearch(survey, images, options: options, progress: progress)
      groups = copies.groups
      add(copies.findings)
      add(OddImages(survey.images.map { $0?.measures }, of: images).findings)
      add(ClassBalance(of: images).findings)
    }
    if let model {
      // The measures were many small pieces of memory.
      Machine.giveBackMemory()
      try addNetworkFindings(model, readable, digests, stamps, copies: groups, options, progress)
    }
    let order = Dictionary(uniqueKeysWithValues: AuditFinding.Kind.allCases.enumerated().map { ($1, $0) })
    findings = findings.enumerated().sorted { left, right in
      let (a, b) = (left.element, right.element)
      return (order[a.kind] ?? 0, b.score, left.offset) < (order[b.kind] ?? 0, a.score, right.offset)
    }.map(\.element)
  }

  private static func check(_ options: Options, _ images: AuditedImages) throws(AuditError) {
    guard images.count > 0 else { throw AuditError(.data, "\(images.path): there are no images in it") }
    guard (2...100).contains(options.folds) else {
      throw AuditError(.options, "\(options.folds) folds; give from 2 to 100")
    }
    guard (1...1000).contains(options.neighbours) else {
      throw AuditError(.options, "\(options.neighbours) neighbours; give from 1 to 1000")
    }
  }

  private mutating func add(_ more: [AuditFinding]) { findings += more }
}

// MARK: - With a network

extension DatasetAudit {
  private mutating func addNetworkFindings(
    _ model: Model, _ readable: [Int], _ digests: [ImageDigest?], _ stamps: [FileStamp?], copies: [[Int]],
    _ options: Options, _ progress: @escaping Progress
  ) throws {
    var features = try ImageFeatures(
      of: readable, in: images.sources, digests: digests, stamps: stamps, model: model, options: options,
      progress: progress)
    notices += features.notices
    guard features.table != nil else {
      notices.append("the network has features of no image, so labels and outliers were not looked for")
      return
    }
    let neighbourhood = try Neighbourhood(features, options: options, progress: progress)
    add(neighbourhood.findings(images))
    notices += neighbourhood.notices
    map = features.table.map { Self.map(of: $0, features.images, threads: options.threads) } ?? []
    try addLabelFindings(&features, copies, options, progress)
  }

  /// The most images of the map.
  private static let mapLimit = 2500

  /// Places of images, evenly over the set, which is often sorted by class; none where there is no plane.
  private static func map(of table: EmbeddingTable, _ images: [Int], threads: Int) -> [MapPoint] {
    guard let components = try? PrincipalComponents(of: table, count: 2, threads: threads),
      components.directions.count == 2
    else { return [] }
    let places = components.places(of: table)
    let count = min(images.count, mapLimit)
    return (0..<count).map { $0 * images.count / count }.map {
      MapPoint(image: images[$0], x: places[$0][0], y: places[$0][1])
    }
  }

  /// Looks for labels that are probably wrong.
  private mutating func addLabelFindings(
    _ features: inout ImageFeatures, _ copies: [[Int]], _ options: Options, _ progress: @escaping Progress
  ) throws {
    var counts: [Int: Int] = [:]
    for image in features.images { images.labels[image].map { counts[$0, default: 0] += 1 } }
    let large = counts.filter { $0.value >= LabelCheck.leastImages }.keys.sorted()
    guard large.count > 1 else {
      notices.append(
        counts.isEmpty
          ? "the images have no labels, so none were checked"
          : "labels were not checked: that needs two classes of \(LabelCheck.leastImages) images or more")
      return
    }
    if counts.count > large.count {
      notices.append(
        "the labels of \(counted(counts.count - large.count, "class", "classes")) with fewer than "
          + "\(LabelCheck.leastImages) images were not checked: so few teach nothing")
    }
    let places = Dictionary(uniqueKeysWithValues: large.enumerated().map { ($1, $0) })
    let members = features.images.indices.filter { row in
      images.labels[features.images[row]].map { places[$0] != nil } ?? false
    }
    let checked = members.map { features.images[$0] }
    let labels = checked.compactMap { images.labels[$0].flatMap { places[$0] } }
    let rowOfImage = Dictionary(uniqueKeysWithValues: checked.enumerated().map { ($1, $0) })
    let folds = StratifiedFolds(
      labels: labels, groups: copies.map { $0.compactMap { rowOfImage[$0] } }.filter { $0.count > 1 },
      count: options.folds, seed: options.seed)
    progress(.folds, 0, options.folds)
    let check = LabelCheck(
      features.takeRows(members), labels: labels, classes: large.count, folds: folds, threads: options.threads
    ) { progress(.folds, $0, options.folds) }
    if check.agreement < LabelCheck.fairAgreement {
      notices.append(
        "by the network's features the given label is the likeliest of \(percent(check.agreement)) of the images alone: many of the "
          + "doubtful labels are mistakes of the check. A network that knows such images better finds them more surely"
      )
    }
    for (row, image) in checked.enumerated() where check.isIssue[row] {
      let likely = check.likeliest(of: row)
      let name = images.classes[large[likely.label]]
      add([
        images.finding(
          .label, image, score: check.doubt(of: row),
          reason:
            "looks like '\(name)' (\(percent(likely.probability))), not like '\(images.label(of: image) ?? "")' "
            + "(\(percent(1 - check.doubt(of: row))))", suggestedLabel: name, suggestion: .relabel)
      ])
    }
  }

  private func percent(_ share: Double) -> String { NumberText.percent(share) }
}
