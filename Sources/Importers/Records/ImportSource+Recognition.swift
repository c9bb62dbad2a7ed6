import Files
import Messages
import ModelDescriptor
import PublishedModels
import ResNetGraph
import TensorCore
import WeightFiles

extension ImportSource {
  /// The published files that this one may be under another name: those of its size and its tensors. Only their digest tells.
  ///
  /// - Complexity: O(number of published files of such networks · parameters).
  func publishedCandidates(
    for plan: ImportPlan, among entries: [PublishedWeights]
  ) -> [PublishedWeights] {
    guard !claims.hasStatedOrigin, let file = weights.wholeFile else { return [] }
    let shapes = plan.graph.parameters.map(\.shape)
    let bytes = UInt64(4 * shapes.reduce(0) { $0 + $1.elementCount })
    // Names and records of tensors take little beside the elements.
    let usual = bytes...bytes + bytes / 32 + 1 << 20
    var haveTensors: [String: Bool] = [:]
    return entries.filter { entry in
      guard (entry.byteCounts ?? usual).contains(file.byteCount),
        entry.labels.all.count == plan.graph.architecture.classes
      else { return false }
      if let known = haveTensors[entry.architecture] { return known }
      let preset = try? Architecture.preset(
        named: entry.architecture, classes: plan.graph.architecture.classes)
      let graph = preset.flatMap { try? Graph($0) }
      let fits = graph?.parameters.map(\.shape) == shapes
      haveTensors[entry.architecture] = fits
      return fits
    }
  }

  /// Takes over the statements about the published file that has this digest, if there is one.
  ///
  /// - Returns: true if there is one.
  mutating func recognise(digest: String, among candidates: [PublishedWeights]) -> Bool {
    guard let found = candidates.first(where: { $0.matches(digest: digest) }) else { return false }
    let count = found.sha256Prefix.utf8.count
    notes.append(
      found.hasWholeDigest
        ? "recognised: the file is \(found.file), by its SHA-256"
        : "recognised: the file is \(found.file), as its tensors and the first \(count) digits of its SHA-256 say"
    )
    adopt(found)
    return true
  }
}
