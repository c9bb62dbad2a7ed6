import TestSupport
import Testing

@testable import ResZoo

/// Audits of small data sets, drawn for the purpose.
@Suite struct DatasetAuditTests {
  private let folder = TemporaryFolder()

  private var options: DatasetAudit.Options {
    DatasetAudit.Options(threads: 2, cache: FeatureCacheOptions(folder: folder.file("cache")))
  }

  /// A set of two classes, striped and spotted, with so many images of each.
  private func makeSet(_ count: Int, name: String = "set") throws {
    _ = folder.makeFolder(name)
    for (index, label) in ["spots", "stripes"].enumerated() {
      _ = folder.makeFolder("\(name)/\(label)")
      for image in 0..<count {
        let bytes = try DrawnImages.waves(UInt64(1000 * index + image + 1), isStriped: index == 1)
        folder.write(bytes, to: "\(name)/\(label)/\(image).png")
      }
    }
  }

  private func kinds(_ audit: DatasetAudit) -> [AuditFinding.Kind: [String]] {
    audit.findings.reduce(into: [:]) {
      $0[$1.kind, default: []].append(String($1.input.dropFirst(folder.path.utf8.count + 1)))
    }
  }

  @Test func `a sound set has no findings`() throws {
    try makeSet(6)
    let audit = try DatasetAudit(of: AuditedImages(path: folder.file("set")), options: options)
    #expect(audit.findings.isEmpty, "\(audit.findings)")
    #expect(audit.readableCount == 12)
  }

  @Test func `copies within a part are duplicates or near duplicates, between parts leaks`() throws {
    _ = folder.makeFolder("all")
    try makeSet(4, name: "all/train")
    try makeSet(0, name: "all/val")
    folder.write(try DrawnImages.waves(1), to: "all/train/spots/copy.png")
    folder.write(try DrawnImages.waves(2, cut: 4), to: "all/train/spots/crop.png")
    folder.write(try DrawnImages.waves(1003, cut: 3, isStriped: true), to: "all/val/stripes/crop.png")
    folder.write(try DrawnImages.waves(77), to: "all/val/spots/other.png")
    let audit = try DatasetAudit(of: AuditedImages(path: folder.file("all")), options: options)
    let kinds = kinds(audit)
    #expect(kinds[.duplicate]?.sorted() == ["all/train/spots/0.png", "all/train/spots/copy.png"])
    #expect(kinds[.nearDuplicate]?.sorted() == ["all/train/spots/1.png", "all/train/spots/crop.png"])
    #expect(kinds[.leak]?.sorted() == ["all/train/stripes/2.png", "all/val/stripes/crop.png"])
    let leak = try #require(audit.findings.first { $0.kind == .leak && $0.part == .training })
    #expect(leak.suggestion == .drop && leak.others == [folder.file("all/val/stripes/crop.png")])
    #expect(Set(audit.findings.compactMap(\.group)).count == 3)
  }

  @Test func `copies of other labels are told, and none of them is to be dropped`() throws {
    try makeSet(3)
    folder.write(try DrawnImages.waves(1), to: "set/stripes/copy.png")
    let found = try DatasetAudit(of: AuditedImages(path: folder.file("set")), options: options).findings
    #expect(found.count == 2)
    for finding in found {
      #expect(finding.reason.contains("different labels") && finding.suggestion == nil)
      #expect(finding.score == 1)
    }
  }

  @Test func `broken, damaged, flat, tiny and long images are found`() throws {
    try makeSet(6)
    folder.write([0xFF, 0xD8, 0xFF, 0], to: "set/spots/broken.jpg")
    folder.write(readFile(SampleImages.path("damaged.jpg")), to: "set/spots/damaged.jpg")
    folder.write(
      try encodePNG(Array(repeating: 9, count: 300), width: 10, height: 10, channels: 3),
      to: "set/spots/flat.png")
    folder.write(readFile(SampleImages.path("exif-6.jpg")), to: "set/spots/turned.jpg")
    let long = (0..<192).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    folder.write(try encodePNG(long, width: 64, height: 1, channels: 3), to: "set/spots/long.png")
    let kinds = try kinds(DatasetAudit(of: AuditedImages(path: folder.file("set")), options: options))
    #expect(kinds[.broken] == ["set/spots/broken.jpg"])
    #expect(kinds[.damaged] == ["set/spots/damaged.jpg"])
    #expect(kinds[.flat] == ["set/spots/flat.png"])
    #expect(kinds[.dark]?.contains("set/spots/flat.png") == true)
    #expect(kinds[.rotated] == ["set/spots/turned.jpg"])
    #expect(kinds[.shape] == ["set/spots/long.png"])
    #expect(kinds[.tiny]?.contains("set/spots/long.png") == true)
  }

  @Test func `a label that is wrong is found, the same each time, and by what a cache has`() throws {
    try makeSet(20)
    folder.write(try DrawnImages.waves(555, isStriped: true), to: "set/spots/wrong.png")
    let images = try AuditedImages(path: folder.file("set"))
    let model = try sampleModel()
    let first = try DatasetAudit(of: images, model: model, options: options)
    let labels = first.findings.filter { $0.kind == .label }
    let worst = try #require(labels.first)
    #expect(worst.input == folder.file("set/spots/wrong.png") && worst.suggestedLabel == "stripes")
    #expect(worst.suggestion == .relabel && worst.score > 0.5)
    #expect(!first.map.isEmpty)
    // What it has, it has from the cache now.
    #expect(try DatasetAudit(of: images, model: model, options: options).findings == first.findings)
    var uncached = options
    uncached.cache = nil
    uncached.threads = 1
    #expect(try DatasetAudit(of: images, model: model, options: uncached).findings == first.findings)
  }

  @Test func `images without labels, a class alone and few images are audited as far as that goes`() throws {
    try makeSet(3)
    let plain = try AuditedImages(path: folder.file("set/spots"))
    #expect(plain.classes.isEmpty && plain.count == 3)
    let unlabelled = try DatasetAudit(of: plain, model: sampleModel(), options: options)
    #expect(unlabelled.findings.isEmpty)
    #expect(unlabelled.notices.contains { "\($0)".contains("no labels") })
    #expect(unlabelled.notices.contains { "\($0)".contains("outliers were not looked for") })
    let few = try DatasetAudit(
      of: AuditedImages(path: folder.file("set")), model: sampleModel(), options: options)
    #expect(few.notices.contains { "\($0)".contains("two classes of 5 images") })
    #expect(throws: AuditError.self) {
      try DatasetAudit(of: AuditedImages(sources: [], path: "none"), options: options)
    }
    #expect(throws: DatasetError.self) { try AuditedImages(path: folder.file("nowhere")) }
    var wrong = options
    wrong.folds = 1
    #expect(throws: AuditError.self) { try DatasetAudit(of: plain, options: wrong) }
  }

  @Test func `a class with few images is named`() throws {
    let sources = (0..<64).map { ImageSource.data(name: "\($0)", bytes: []) }
    let images = AuditedImages(
      sources: sources, classes: ["many", "few", "none"], labels: (0..<64).map { $0 < 63 ? 0 : 1 },
      path: "set")
    let found = ClassBalance(of: images).findings
    #expect(found.map(\.input) == ["few", "none"])
    #expect(found.map(\.kind) == [.imbalance, .imbalance] && found[1].score == 1)
  }

  @Test func `an image is unlike all others beyond three times the range of the quartiles`() {
    let images = AuditedImages(
      sources: (0..<41).map { .data(name: "\($0)", bytes: []) }, path: "set")
    // Quartiles at 0.10 and 0.30: far out begins at 0.90.
    let distances = (0..<39).map { Double($0 % 5) * 0.1 } + [0.89, 0.91]
    let found = Neighbourhood(of: Array(0..<41), distances: distances, neighbours: 10).findings(images)
    #expect(found.map(\.input) == ["40"] && found[0].kind == .outlier && found[0].score == 0.91)
    let equal = Neighbourhood(of: Array(0..<41), distances: Array(repeating: 0, count: 41), neighbours: 10)
    #expect(equal.findings(images).isEmpty)
  }
}
