/// Files of folders that were left out, counted by kind.
public struct LeftOutFiles: Hashable, Sendable {
  /// A number of files of one kind.
  public struct Group: Hashable, Sendable {
    /// Why and as what they were left out.
    public let kind: LeftOutKind
    /// The number of files.
    public fileprivate(set) var count: Int
    /// The path of the first one.
    public let example: String
  }

  /// The groups in the order in which their first files were met, images before other files.
  public var groups: [Group] { found.filter(\.kind.isImage) + found.filter { !$0.kind.isImage } }
  private var found: [Group] = []

  /// No files yet.
  public init() {}

  /// The number of files.
  public var count: Int { found.reduce(0) { $0 + $1.count } }

  /// The number of files that are images by their names, of formats that are not read here.
  public var imageCount: Int { found.reduce(0) { $0 + ($1.kind.isImage ? $1.count : 0) } }

  /// Counts a file.
  public mutating func add(_ path: String, as kind: LeftOutKind) {
    add(Group(kind: kind, count: 1, example: path))
  }

  /// Counts the files of another count too.
  public mutating func add(_ others: LeftOutFiles) { others.found.forEach { add($0) } }

  private mutating func add(_ group: Group) {
    if let index = found.firstIndex(where: { $0.kind == group.kind }) {
      found[index].count += group.count
    } else {
      found.append(group)
    }
  }

  /// The groups in words, such as "30 HEIC images (such as a/1.heic) and 1 hidden file (a/.x)", or only those of images.
  public func summary(imagesOnly: Bool = false) -> String {
    let texts = groups.filter { $0.kind.isImage || !imagesOnly }.map { group in
      let noun = group.count == 1 ? group.kind.name : group.kind.plural
      return "\(grouped(group.count)) \(noun) (\(group.count == 1 ? "" : "such as ")\(group.example))"
    }
    guard texts.count > 1, let last = texts.last else { return texts.first ?? "" }
    return texts.dropLast().joined(separator: ", ") + " and " + last
  }

  /// Commands that install what the images need to be read; none for formats that are not read at all.
  public var installations: [String] {
    groups.compactMap(\.kind.installation).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// The number with commas between thousands.
  private func grouped(_ count: Int) -> String {
    let digits = Array(String(count))
    return String(
      digits.enumerated().flatMap { index, digit in
        index > 0 && (digits.count - index) % 3 == 0 ? [",", digit] : [digit]
      })
  }
}
