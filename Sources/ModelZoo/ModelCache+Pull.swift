import Files
import Importers
import Messages
import ModelDescriptor
public import PublishedModels
import ResNetGraph
import ResNetModel
import TensorCore
import WeightFiles

extension ModelCache {
  /// Downloads published weights, checks them and makes a checkpoint of them, unless it is there already.
  ///
  /// Nothing reads the download before its size and the beginning of its SHA-256 are those that were published. A download that
  /// is cut short is taken up where it ended, by the next call too. Several processes may pull the same weights: one does it,
  /// the others wait. The checkpoint appears whole or not at all.
  ///
  /// - Parameter onEvent: called on the calling thread; at each piece that comes.
  /// - Throws: ``PullError``.
  /// - Complexity: O(size of the file); the memory is that of the weights.
  public func pull(
    _ weights: PublishedWeights, options: PullOptions = PullOptions(),
    onEvent: @escaping (PullEvent) -> Void = { _ in }
  ) throws(PullError) -> PullReport {
    let cached = PullReport(path: path(of: weights), wasCached: true, source: nil, notes: [])
    if contains(weights), !options.replaces { return cached }
    let network = try network(of: weights)
    let lock: FileLock
    do {
      try makeFolders(folder + "/models")
      try makeFolders(folder + "/downloads")
      lock = try FileLock(path: folder + "/downloads/\(weights.name).lock") { onEvent(.waiting) }
    } catch {
      throw .file(error)
    }
    defer { withExtendedLifetime(lock) {} }
    // The process that held the lock may have made it.
    if contains(weights), !options.replaces { return cached }
    let address = try Self.address(of: weights, mirror: options.mirror)
    let source = sourcePath(of: weights)
    let isHere = options.replaces ? false : try isPublished(source, weights)
    if !isHere {
      try fetch(weights, from: address, network: network, allowsHTTP: options.mirror != nil, onEvent: onEvent)
    }
    onEvent(.converting)
    let notes = try convert(source, weights)
    if !options.keepsSource { removeFile(source) }
    return PullReport(
      path: path(of: weights), wasCached: false, source: options.keepsSource ? source : nil, notes: notes)
  }

  private func network(of weights: PublishedWeights) throws(PullError) -> Graph {
    do {
      return try Graph(Architecture.preset(named: weights.architecture))
    } catch {
      throw .architecture(error)
    }
  }

  /// The official address, or the file's name at a mirror.
  private static func address(
    of weights: PublishedWeights, mirror: String?
  ) throws(PullError) -> String {
    guard var mirror else { return weights.address }
    while mirror.hasSuffix("/") { mirror.removeLast() }
    guard mirror.hasPrefix("https://") || mirror.hasPrefix("http://"),
      mirror.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else {
      throw .transfer(
        TransferError(
          .badAddress, address: mirror, "is no mirror's address; it must begin with https:// or http://"))
    }
    return mirror + "/" + weights.file
  }

  /// Downloads the file and gives it its name when it is the published one.
  private func fetch(
    _ weights: PublishedWeights, from address: String, network: Graph, allowsHTTP: Bool,
    onEvent: @escaping (PullEvent) -> Void
  ) throws(PullError) {
    let part: GrowingFile
    do { part = try GrowingFile(path: sourcePath(of: weights) + ".part") } catch { throw .file(error) }
    let download = Download(
      address: address, allowsHTTP: allowsHTTP, part: part,
      expected: weights.byteCounts ?? 0...Self.mostBytes(network), onProgress: onEvent)
    while true {
      do throws(PullError) {
        try download.run()
        onEvent(.checking)
        let digest = try Self.digest(of: part.path)
        if digest.hasPrefix(weights.sha256Prefix) {
          return try download.finish(as: sourcePath(of: weights))
        }
        // The pieces may be of different versions of the file; the whole is one.
        if download.isPatched {
          try download.restart(version: nil)
          continue
        }
        throw .transfer(
          TransferError(
            .wrongDigest, address: address,
            "the server sends another file than the published one: its SHA-256 begins with "
              + "\(digest.prefix(weights.sha256Prefix.utf8.count)), and must with \(weights.sha256Prefix)"))
      } catch {
        let isOther = error.transferCode == .wrongDigest || error.transferCode == .wrongSize
        if isOther || part.byteCount == 0 { download.discard() }
        throw error
      }
    }
  }

  /// The most bytes that a file of a network's weights can need: eight for each number, and room for names.
  private static func mostBytes(_ network: Graph) -> UInt64 {
    network.parameters.reduce(16 << 20) { $0 + 8 * UInt64($1.shape.elementCount) }
  }

  /// True if the published file is here from an earlier pull. Another file in its place is not used.
  private func isPublished(_ path: String, _ weights: PublishedWeights) throws(PullError) -> Bool {
    guard isRegularFile(path) else { return false }
    return try Self.digest(of: path).hasPrefix(weights.sha256Prefix)
  }

  private static func digest(of path: String) throws(PullError) -> String {
    let file: InputFile
    do { file = try InputFile(path: path) } catch { throw .file(error) }
    do { return try Fingerprint(file).finish() } catch { throw .weights(ImportError(error)) }
  }

  private func convert(_ source: String, _ weights: PublishedWeights) throws(PullError) -> [Remark] {
    let report: ImportReport
    do {
      report = try importWeights(source, options: ImportOptions(published: weights))
    } catch {
      throw .weights(error)
    }
    do {
      try report.model.write(to: path(of: weights))
    } catch {
      throw .checkpoint(error)
    }
    return report.notes
  }
}
