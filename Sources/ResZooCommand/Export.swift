import ArgumentParser
import ResZoo

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a checkpoint's weights for other programs.",
    discussion: """
      An output that ends in .safetensors becomes a safetensors file, which PyTorch loads with
      model.load_state_dict(safetensors.torch.load_file(FILE)); labels and preprocessing are in its metadata. Any other
      output becomes a folder: a raw float export, manifest.json and weights.bin. 'reszoo convert' reads both back.

      EXAMPLE
        reszoo export resnet50.rzoo --output resnet50.safetensors
      """)

  @Argument(help: "A checkpoint (.rzoo).")
  var file: String

  @Option(help: ArgumentHelp("A file that ends in .safetensors, or a folder.", valueName: "out"))
  var output: String

  @Option(
    help:
      "Whose names the tensors get: torchvision's, or those of the source that the checkpoint was converted from."
  )
  var names = NamesChoice.torchvision

  @OptionGroup var bases: BaseOptions

  enum NamesChoice: String, ExpressibleByArgument, CaseIterable {
    case torchvision
    case source
  }

  /// Endings of files that this command does not write, and nobody means as a folder's.
  private static let otherFiles = [".pth", ".pt", ".th", ".bin", ".onnx", ".npz", ".h5", ".json", ".rzoo"]

  func validate() throws {
    if let ending = Self.otherFiles.first(where: output.hasSuffix) {
      throw ValidationError(
        "--output ends in \(ending), which is not written; name a file FILE.safetensors or a folder.")
    }
  }

  func run() throws {
    let model = try loadModel(file, bases: bases)
    let names = names == .source ? ExportNames.source : .torchvision
    let report: ExportReport
    do {
      report =
        if output.hasSuffix(".safetensors") {
          try model.exportSafetensors(to: output, names: names)
        } else {
          try model.exportRaw(folder: output, names: names)
        }
    } catch {
      throw Failure(error, path: file)
    }
    for note in report.notes { Terminal.error("reszoo: \(note)") }
    Terminal.error(
      "reszoo: \(output): \(report.tensorCount.grouped) tensors, \(report.byteCount.grouped) bytes")
  }
}
