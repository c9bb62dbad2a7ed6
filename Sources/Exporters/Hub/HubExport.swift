import Files
import Importers
import Messages
import ModelDescriptor
public import ResNetModel
import TensorCore
import WeightFiles

/// The program for which a folder of a model hub is written.
public enum HubForm: String, Hashable, Sendable, CaseIterable {
  /// timm; transformers loads such a folder too, through timm.
  case timm
  /// transformers' own ResNets.
  case transformers
}

extension Model {
  /// Writes a folder as model hubs have it, which appears whole or not at all: `model.safetensors`, `config.json` with labels and
  /// preprocessing, `preprocessor_config.json` for transformers, and a model card, `README.md`.
  ///
  /// `timm.create_model("local-dir:FOLDER", pretrained=True)` and transformers' `AutoModelForImageClassification` load it as it is, and
  /// ``importWeights(_:options:)`` reads it back. A quantized network leaves as
  /// ``exportSafetensors(to:names:)`` says.
  ///
  /// - Parameters:
  ///   - path: the folder; one that exists is replaced if it is empty or an earlier export of this kind.
  ///   - form: the program that is to load it.
  /// - Throws: ``ExportError``, with `unsupported` for a network or a preparation of images that the program does not have.
  /// - Complexity: O(number of weights) in time; one small buffer beside the model.
  @discardableResult
  public func exportHub(folder path: String, form: HubForm = .timm) throws(ExportError) -> ExportReport {
    if let model = try realNumbersToExport() {
      return try model.exportHub(folder: path, form: form).noting(quantizationNote)
    }
    guard descriptor.preprocessing.channelOrder == .rgb else {
      throw .unsupported(
        "\(form.rawValue) gives networks red, green and blue, but this one takes them in reverse (channel_order bgr)"
      )
    }
    var texts: [(name: String, bytes: [UInt8])] = []
    switch form {
    case .timm: texts.append((HubFile.config, try Self.json(TimmConfig(descriptor).value)))
    case .transformers:
      let config = try TransformersConfig(descriptor)
      texts.append((HubFile.config, try Self.json(config.value)))
      texts.append((HubFile.preprocessor, try Self.json(config.preprocessor)))
    }
    texts.append((HubFile.card, Array(ModelCard(self, form: form).text.utf8)))
    do {
      let folder = try AtomicFolder(path: path, names: HubFile.all, kind: "export for a hub") { existing in
        HubFile.isOwn(existing)
      }
      do {
        let report = try exportSafetensors(
          to: folder.path(of: HubFile.weights), names: form == .timm ? .timm : .transformers)
        var size = report.byteCount
        for (name, bytes) in texts {
          let file = try AtomicFile(path: folder.path(of: name))
          try file.append(bytes.rawBytes)
          try file.commit()
          size += bytes.count
        }
        try folder.commit()
        return ExportReport(
          tensorCount: report.tensorCount, byteCount: size, notes: report.notes + hubNotes(form))
      } catch ExportError.file(let error) {
        throw folder.named(error)
      } catch let error as FileError {
        throw folder.named(error)
      }
    } catch let error as FileError {
      throw .file(error)
    } catch let error as ExportError {
      throw error
    } catch {
      throw .descriptor("\(error)")
    }
  }

  private static func json(_ value: JSONValue) throws(ExportError) -> [UInt8] {
    do { return try JSON.encodeShown(value) + [0x0A] } catch { throw .descriptor(error.description) }
  }

  /// A sentence for each thing that the other program does in its own way, or does not say.
  private func hubNotes(_ form: HubForm) -> [Remark] {
    var notes: [Remark] = []
    if descriptor.preprocessing.exif != .ignore {
      notes.append("preprocessing: \(form.rawValue) does not turn images as their EXIF data say")
    }
    let answer = descriptor.architecture.answer
    if answer == .binary || answer == .several && form == .timm {
      notes.append("answer: \(form.rawValue) does not say that each logit is for a sigmoid")
    }
    if !descriptor.untrained.isEmpty {
      notes.append("untrained: \(descriptor.untrained.joined(separator: ", ")), whose weights are random")
    }
    return notes
  }
}

/// The files of a hub's folder.
enum HubFile {
  static let weights = "model.safetensors"
  static let config = "config.json"
  static let preprocessor = "preprocessor_config.json"
  static let card = "README.md"
  static let all = [weights, config, preprocessor, card]

  /// True if an earlier export wrote the folder.
  static func isOwn(_ folder: String) -> Bool {
    guard let source = try? openWeights(folder + "/" + weights) else { return false }
    return source.metadata[ModelTexts.origin] != nil
  }
}
