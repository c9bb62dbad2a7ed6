import Charts
import Datasets
import ImageInput

/// Images that are copies of each other, as groups: the connected components of all pairs.
struct CopySearch {
  /// The groups, each in ascending order.
  let groups: [[Int]]
  /// Findings on each image of a group.
  private(set) var findings: [AuditFinding] = []
  private let survey: ImageSurvey
  private let images: AuditedImages
  /// For each image the first one with the same pixels, by which it is compared.
  private let originals: [Int]

  /// The most copies that a finding names; the others have its group.
  static let namedCopies = 16

  /// - Complexity: O(images²) comparisons of hashes.
  init(
    _ survey: ImageSurvey, _ images: AuditedImages, options: DatasetAudit.Options,
    progress: @escaping DatasetAudit.Progress
  ) {
    self.survey = survey
    self.images = images
    let count = images.count
    var firstOfPixels: [ImageDigest: Int] = [:]
    let originals = survey.images.enumerated().map { image, measured in
      guard let measured else { return image }
      let first = firstOfPixels[measured.pixels] ?? image
      firstOfPixels[measured.pixels] = first
      return first
    }
    self.originals = originals
    // Images of the same pixels are compared once.
    let measures = survey.images.enumerated().map { originals[$0] == $0 ? $1?.measures : nil }
    let pairs = NearDuplicateSearch(
      measures, findsMirrored: options.findsMirrored, threads: options.threads
    ).pairs { progress(.comparing, $0, count) }
    var joined = ConnectedGroups(count: count)
    for (image, original) in originals.enumerated() where image != original { joined.join(original, image) }
    for pair in pairs { joined.join(pair.first, pair.second) }
    groups = joined.all()
    var likeness: [Int: [Likeness]] = [:]
    for pair in pairs {
      likeness[pair.first, default: []].append(Likeness(pair.second, pair))
      likeness[pair.second, default: []].append(Likeness(pair.first, pair))
    }
    for (number, group) in groups.enumerated() { add(group, number: number + 1, likeness) }
  }

  /// How like another image is.
  private struct Likeness {
    var other: Int
    var similarity: Double
    var isMirrored = false
    var isExact = false

    init(_ other: Int, _ pair: NearDuplicateSearch.Pair) {
      (self.other, similarity, isMirrored) = (other, pair.similarity, pair.isMirrored)
    }

    init(exact other: Int) {
      (self.other, similarity, isExact) = (other, 1, true)
    }
  }

  private mutating func add(_ group: [Int], number: Int, _ likeness: [Int: [Likeness]]) {
    let parts = Set(group.map { images.part(of: $0) })
    let isLeak = parts.count > 1
    let labels = Set(group.compactMap { images.labels[$0] })
    let kept = representative(of: group)
    let copies = Dictionary(grouping: group) { originals[$0] }
    // All that are known to be like the copies of an image, the likest first.
    let alike = copies.map { original, twins in
      let near = (likeness[original] ?? []).sorted { ($1.similarity, $0.other) < ($0.similarity, $1.other) }
      let others = near.flatMap { like in
        (copies[like.other] ?? []).map { image in
          var like = like
          like.other = image
          return like
        }
      }
      return (original, twins.map { Likeness(exact: $0) } + others)
    }
    let alikeOf = Dictionary(uniqueKeysWithValues: alike)
    for image in group {
      let others = (alikeOf[originals[image]] ?? []).filter { $0.other != image }
      // Of a leak the copies in the other part come first.
      let across = others.filter { images.part(of: $0.other) != images.part(of: image) }
      let within = others.filter { images.part(of: $0.other) == images.part(of: image) }
      let ordered = isLeak ? across + within : others
      var places = ordered.prefix(Self.namedCopies).map(\.other)
      if places.count < Self.namedCopies {
        let named = Set(places)
        let more = group.lazy.filter { $0 != image && !named.contains($0) }
        places += more.prefix(Self.namedCopies - places.count)
      }
      let best = ordered.first
      let kind: AuditFinding.Kind = isLeak ? .leak : best?.isExact == true ? .duplicate : .nearDuplicate
      var reason = words(for: image, best, isLeak: isLeak)
      if labels.count > 1 { reason += "; the copies have different labels" }
      if group.count - 1 > places.count { reason += "; \(group.count) images are copies of each other" }
      let drops = isLeak ? images.part(of: image) == .training : image != kept
      findings.append(
        images.finding(
          kind, image, score: best?.similarity ?? 0, reason: reason, group: number, others: places,
          suggestion: labels.count > 1 ? nil : drops ? .drop : .keep))
    }
  }

  private func words(for image: Int, _ best: Likeness?, isLeak: Bool) -> String {
    let partOfOther = best.map { images.part(of: $0.other) }
    let crosses = isLeak && partOfOther.map { $0 != images.part(of: image) } ?? false
    let place =
      crosses
      ? partOfOther == .training ? " among the images to train on" : " among the images to validate with" : ""
    guard let best else { return "a copy of a copy of another image" }
    if best.isExact {
      return survey.digests[image] == survey.digests[best.other]
        ? "the same file is there again\(place)" : "the same pixels are there again in another file\(place)"
    }
    let likeness = "likeness \(NumberText.percent(best.similarity))"
    let copy = best.isMirrored ? "a mirrored copy" : "a copy"
    let via = isLeak && !crosses ? ", of which a copy is in the other part" : ""
    return "\(copy), compressed again, scaled or cropped\(place) (\(likeness))\(via)"
  }

  /// The image of a group that is worth keeping: the one with the most pixels, the first of equal ones.
  private func representative(of group: [Int]) -> Int {
    let sizes = group.map { survey.images[$0]?.measures.meanSide ?? 0 }
    let best = zip(group, sizes).max { ($0.1, $1.0) < ($1.1, $0.0) }
    return best?.0 ?? group[0]
  }
}
