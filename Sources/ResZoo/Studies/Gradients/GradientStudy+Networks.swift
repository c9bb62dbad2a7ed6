package import Files
import Messages
import ResNetModel
import TensorCore

/// A network of a study and the inputs that it ran on.
struct KeptNetwork: Sendable {
  let name: String
  let model: Model
  /// [inputs, channels, height, width].
  let input: Tensor
  /// The class of each input among the network's; nil for none.
  let labels: [Int]?
}

/// A new folder for the networks of a study and their inputs, with which other programs can repeat it.
///
/// Of a stack it holds `plain.rzoo`, `residual.rzoo` and `input.npy`; of whole networks for each, numbered from 1 on, `initial-1.rzoo`,
/// `input-1.npy` and the classes, `labels-1.npy`.
package struct GradientNetworksFolder {
  private let folder: AtomicFolder

  /// Makes sure that the folder can be written at the end.
  ///
  /// - Parameters:
  ///   - path: a folder that does not exist or is empty; its parent folder exists.
  ///   - count: the number of whole networks; nil for a stack.
  /// - Throws: ``FileError`` when it cannot be written.
  package init(path: String, networks count: Int?) throws(FileError) {
    let names =
      count.map { count in
        (1...max(1, count)).flatMap { ["initial-\($0).rzoo", "input-\($0).npy", "labels-\($0).npy"] }
      } ?? ["plain.rzoo", "residual.rzoo", "input.npy"]
    if let entries = FolderListing.entries(of: path), !entries.isEmpty {
      throw FileError(
        .badPath, path: path, "exists and is not empty; name a new folder for the networks, or remove it")
    }
    folder = try AtomicFolder(path: path, names: names, kind: "study's networks") { _ in false }
  }

  /// Writes the networks that a study has kept, and gives the folder its name.
  ///
  /// - Throws: ``FileError``, ``ModelError``.
  package func write(_ study: GradientStudy) throws {
    for network in study.kept {
      guard let labels = network.labels else {
        try network.model.write(to: folder.path(of: "\(network.name).rzoo"))
        continue
      }
      try network.model.write(to: folder.path(of: "initial-\(network.name).rzoo"))
      try write(network.input, as: "input-\(network.name).npy")
      try write(labels, as: "labels-\(network.name).npy")
    }
    if let first = study.kept.first, first.labels == nil { try write(first.input, as: "input.npy") }
    try folder.commit()
  }

  private func write(_ tensor: Tensor, as name: String) throws(FileError) {
    try write(as: name, header: NPY.header(type: "<f4", shape: tensor.shape.dimensions), tensor.bytes)
  }

  private func write(_ labels: [Int], as name: String) throws(FileError) {
    let bytes = labels.flatMap { label in
      (0..<8).map { UInt8(truncatingIfNeeded: UInt64(bitPattern: Int64(label)) >> UInt64(8 * $0)) }
    }
    try write(as: name, header: NPY.header(type: "<i8", shape: [labels.count]), bytes.rawBytes)
  }

  private func write(as name: String, header: [UInt8], _ elements: RawSpan) throws(FileError) {
    do throws(FileError) {
      let file = try AtomicFile(path: folder.path(of: name))
      try file.append(header.rawBytes)
      try file.append(elements)
      try file.commit()
    } catch {
      throw folder.named(error)
    }
  }
}

extension GradientStudy {
  /// Writes a new folder with the networks of the first seed and their inputs, which ``Options/keepsNetworks`` has kept.
  ///
  /// - Throws: `FileError` when it cannot be written, or is there already and not empty; ``ModelError``.
  /// - Precondition: they were kept.
  public func writeNetworks(to folder: String) throws {
    precondition(options.keepsNetworks, "a study that did not keep its networks")
    try GradientNetworksFolder(path: folder, networks: stack == nil ? kept.count : nil).write(self)
  }
}
