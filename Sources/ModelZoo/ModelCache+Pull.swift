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
  /// Nothing reads the download before its size, its kind and its SHA-256, as far as that is known, are those that were
  /// published. A download that is cut short is taken up where it ended, by the next call too if all of its SHA-256 is known
  /// or ``PullOptions/allowsWeakCheck`` says so. Several processes may pull the same weights: one does it,
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
    if !options.replaces, try holds(weights) { return cached }
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
    if !options.replaces, try holds(weights) { return cached }
    let source = sourcePath(of: weights)
    let isHere = options.replaces ? false : try isPublished(source, weights, options)
    if !isHere { try fetch(weights, network: network, options: options, onEvent: onEvent) }
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
  ///
  /// - Throws: ``PullError``, also for a mirror that must not be asked for these weights.
  private static func address(
    of weights: PublishedWeights, _ options: PullOptions
  ) throws(PullError) -> String {
    guard var mirror = options.mirror else { return weights.address }
    while mirror.hasSuffix("/") { mirror.removeLast() }
    guard mirror.hasPrefix("https://") || mirror.hasPrefix("http://"),
      mirror.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !mirror.contains(where: { "?#".contains($0) }),
      !mirror.contains(":///")
    else {
      // The part before an '@' may be a password.
      let scalars = mirror.unicodeScalars
      let shown = scalars.lastIndex(of: "@").map { scalars[scalars.index(after: $0)...] } ?? scalars[...]
      throw .transfer(
        TransferError(
          .badAddress, address: String(shown.prefix { !"?#".unicodeScalars.contains($0) }),
          "is no mirror's address; it must begin with https:// or http://, and have neither '?' nor '#'"))
    }
    let address = mirror + "/" + weights.file
    guard weights.hasWholeDigest || options.allowsWeakCheck || mirror.hasPrefix("https://") else {
      throw .transfer(
        TransferError(
          .weakCheck, address: address,
          "is not encrypted, and only \(weights.digestText) are known: whoever stands between can send another file "
            + "that passes for it"))
    }
    return address
  }

  /// Downloads the file and gives it its name when it is the published one.
  private func fetch(
    _ weights: PublishedWeights, network: Graph, options: PullOptions, onEvent: @escaping (PullEvent) -> Void
  ) throws(PullError) {
    let address = try Self.address(of: weights, options)
    let part: GrowingFile
    do {
      let path = sourcePath(of: weights) + ".part"
      let found = try GrowingFile(path: path)
      if Self.trustsCache(for: weights, options) {
        part = found
      } else {
        // A part that somebody else put there would decide most of the file, and may be open elsewhere.
        removeFile(path)
        part = try GrowingFile(path: path)
      }
    } catch {
      throw .file(error)
    }
    let download = Download(
      address: address, part: part, expected: weights.byteCounts ?? 0...Self.mostBytes(network),
      onProgress: onEvent)
    while true {
      do throws(PullError) {
        try download.run()
        onEvent(.checking)
        guard let fault = try PublishedFile(weights, path: part.path).fault else {
          return try download.finish(as: sourcePath(of: weights))
        }
        // The pieces may be of different versions of the file; the whole is one.
        if download.isPatched {
          try download.restart(version: nil)
          continue
        }
        throw .transfer(TransferError(fault.code, address: address, "the server sends \(fault.what)"))
      } catch {
        let isOther = [.wrongDigest, .wrongSize, .wrongKind].contains(error.transferCode)
        if isOther || part.byteCount == 0 {
          download.discard()
          throw error
        }
        throw error.keeping(part.byteCount)
      }
    }
  }

  /// The most bytes that a file of a network's weights can need: eight for each number, and room for names.
  private static func mostBytes(_ network: Graph) -> UInt64 {
    network.parameters.reduce(16 << 20) { $0 + 8 * UInt64($1.shape.elementCount) }
  }

  /// True if what an earlier pull left of a file may be used: its SHA-256 tells whether somebody changed it.
  private static func trustsCache(for weights: PublishedWeights, _ options: PullOptions) -> Bool {
    weights.hasWholeDigest || options.allowsWeakCheck
  }

  /// True if the published file is here from an earlier pull. Another file in its place is not used.
  private func isPublished(
    _ path: String, _ weights: PublishedWeights, _ options: PullOptions
  ) throws(PullError) -> Bool {
    guard Self.trustsCache(for: weights, options), isRegularFile(path) else { return false }
    return try PublishedFile(weights, path: path).fault == nil
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
