import Files
import Importers
import Messages
import ModelDescriptor
public import ResNetModel
import TensorCore
import WeightFiles

extension Model {
  /// Writes the weights as a raw float export: a folder with `manifest.json` and `weights.bin`, which appears whole or
  /// not at all. ``importWeights(_:options:)`` reads it back. A quantized network leaves as ``exportSafetensors(to:names:)`` says.
  ///
  /// - Parameters:
  ///   - path: the folder; one that exists is replaced if it is empty or an earlier export.
  ///   - names: whose names the tensors get.
  /// - Throws: ``ExportError``.
  /// - Complexity: O(number of weights) in time; one small buffer beside the model.
  @discardableResult
  public func exportRaw(
    folder path: String, names: ExportNames = .torchvision
  ) throws(ExportError) -> ExportReport {
    if let model = try realNumbersToExport() {
      return try model.exportRaw(folder: path, names: names).noting(quantizationNote)
    }
    var plan = try ExportPlan(self, names: names, keepsTypes: false)
    if names == .source, !plan.counters.isEmpty {
      plan.notes.append(
        "left out: \(plan.counters.count) named *\(NameMap.batchCounter), as they are integers")
    }
    let manifest: [UInt8]
    do {
      manifest = try JSON.encodeShown(WrittenManifest(plan.parameters, descriptor: descriptor))
    } catch {
      throw .descriptor(error.description)
    }
    do throws(FileError) {
      let folder = try AtomicFolder(path: path, names: ["manifest.json", "weights.bin"]) { existing in
        RawManifest.isManifest(existing + "/manifest.json")
      }
      do throws(FileError) {
        let weights = try AtomicFile(path: folder.path(of: "weights.bin"))
        for parameter in plan.parameters { try weights.append(parameter.tensor.bytes) }
        try weights.commit()
        let description = try AtomicFile(path: folder.path(of: "manifest.json"))
        try description.append(manifest.rawBytes)
        try description.commit()
        try folder.commit()
        return ExportReport(
          tensorCount: plan.parameters.count, byteCount: Int(weights.byteCount) + manifest.count,
          notes: plan.notes)
      } catch {
        throw folder.named(error)
      }
    } catch {
      throw .file(error)
    }
  }
}
