import Files
import Messages
import TensorCore

/// Where the bases of deltas are looked for: among named files, in the delta's own folder, in further folders.
///
/// In each folder the headers of up to 1,024 files are read whose names end in `.rzoo`.
public struct BaseSearch: Hashable, Sendable {
  /// Files that were named. When there are any, one of them must be the base of the file that is opened. If several say so, each is
  /// believed as little as one that was looked for.
  public var files: [String]
  /// Folders that are searched after the delta's own.
  public var folders: [String]

  private static let fileLimit = 1024

  /// A search of these places and of the delta's own folder.
  public init(files: [String] = [], folders: [String]) {
    self.files = files
    self.folders = folders
  }

  /// A search of these files, the delta's own folder, and the user's cache with its `models`: `RESZOO_CACHE`, else `reszoo` in
  /// `XDG_CACHE_HOME`, else `~/.cache/reszoo` (on macOS `~/Library/Caches/reszoo`).
  public init(files: [String] = []) {
    self.init(files: files, folders: CacheFolder.path.map { [CacheFolder.models(in: $0), $0] } ?? [])
  }

  /// A base that was found.
  struct Found {
    /// The file that is taken.
    var reader: CheckpointReader
    /// True for the only file that could be meant; false for one that was looked for, or chosen among several that were named, and only
    /// says which model it holds.
    var isNamed: Bool
  }

  /// Opens the base of a delta.
  ///
  /// - Parameters:
  ///   - layer: a delta.
  ///   - depth: the base's place in the chain; 1 for that of the file that is opened.
  ///   - refused: files that do not hold what they say, and what is known of files; gets what is read.
  /// - Throws: `wrongBase`, `baseNotFound`, or why the only base cannot be read.
  func base(
    of layer: CheckpointReader, _ delta: DeltaBase, depth: Int, refused: inout RefusedBases
  ) throws(CheckpointError) -> Found {
    var found: [String] = []
    for file in files {
      // A file that was named must be readable.
      let root = try Self.contentRoot(of: file)
      if root == delta.contentRoot { found.append(file) }
    }
    guard files.isEmpty || depth > 1 || !found.isEmpty else {
      let others = try files.map { file throws(CheckpointError) in
        "\(file) holds \(hexadecimal(try Self.contentRoot(of: file)))"
      }
      throw CheckpointError(
        .wrongBase,
        "it differs from a base with content root \(delta.contentRootHex), and \(others.joined(separator: ", "))"
      )
    }
    var looked: [String] = []
    let isNamed = found.count == 1
    if found.isEmpty {
      var seen: Set<ExactText> = []
      for folder in [FolderListing.folder(of: layer.path)] + folders
      where seen.insert(ExactText(folder)).inserted {
        let names = FolderListing.names(in: folder, endingIn: ".rzoo", limit: Self.fileLimit + 1)
        let isCut = names.count > Self.fileLimit
        looked.append(
          isCut
            ? "\(folder) (the first \(Self.fileLimit) .rzoo files; there are more)"
            : "\(folder) (\(names.count) .rzoo files)")
        for name in names.prefix(Self.fileLimit) {
          let path = folder == "." ? name : folder + "/" + name
          if refused.root(of: path, reading: Self.contentRoot(of:)) == delta.contentRoot {
            found.append(path)
          }
        }
      }
    }
    if !isNamed {
      let claims = found
      found.removeAll { refused.contains($0, at: depth) }
      if found.isEmpty, let error = refused.error(of: claims, at: depth) { throw error }
    }
    return try Self.best(
      of: found, wanted: delta, looked: looked, isNamed: isNamed, depth: depth, &refused)
  }

  /// The first complete file, else the first delta.
  private static func best(
    of paths: [String], wanted: DeltaBase, looked: [String], isNamed: Bool, depth: Int,
    _ known: inout RefusedBases
  ) throws(CheckpointError) -> Found {
    var delta: CheckpointReader?
    var fault: CheckpointError?
    for path in paths where delta == nil || !known.isDelta(path) {
      do throws(CheckpointError) {
        let reader = try CheckpointReader(path: path)
        guard reader.index.contentRoot == wanted.contentRoot else { continue }
        if !reader.index.isDelta {
          return Found(reader: reader, isNamed: isNamed)
        }
        known.insert(delta: path)
        delta = delta ?? reader
      } catch {
        fault = fault ?? error.inBase(path)
        if !isNamed { known.insert(path, error, at: depth) }
      }
    }
    if let delta { return Found(reader: delta, isNamed: isNamed) }
    if let fault { throw fault }
    throw CheckpointError(
      .baseNotFound,
      """
      it holds only what differs from the model with content root \(wanted.contentRootHex), which was looked for in \
      \(looked.joined(separator: " and "))
      """)
  }

  /// The content root in a file's header. Nothing else is read.
  private static func contentRoot(of path: String) throws(CheckpointError) -> [UInt8] {
    do throws(CheckpointError) {
      let file = try InputFile.open(path)
      return try FileHeader(of: file).contentRoot
    } catch {
      throw error.inBase(path)
    }
  }
}

extension CheckpointError {
  /// The error of a file that is the base of the one asked for.
  func inBase(_ path: String) -> CheckpointError {
    CheckpointError(code, at: offset, "its base \(path): \(message)")
  }
}
