import ArgumentParser
import ResZoo

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a checkpoint's network or weights for other programs.",
    discussion: """
      An output that ends in .safetensors becomes a safetensors file, which PyTorch loads with
      model.load_state_dict(safetensors.torch.load_file(FILE)). One that ends in .onnx becomes the whole network, for
      ONNX Runtime and others: operator set 17, from 'input' [N, channels, H, W] to 'logits' [N, classes], with N, H and
      W free. One without an ending becomes a folder: a raw float export, manifest.json and weights.bin. Each says what
      the classes are and what images must go through. 'reszoo convert' reads all but ONNX back.

      EXAMPLE
        reszoo export resnet50.rzoo --output resnet50.safetensors
        reszoo export resnet50.rzoo --output resnet50.onnx --fold
      """)

  @Argument(help: "A checkpoint (.rzoo).")
  var file: String

  @Option(help: ArgumentHelp("A file that ends in .safetensors or .onnx, or a folder.", valueName: "out"))
  var output: String

  @Option(help: "What is written, whatever the output's name.")
  var format: Format?

  @Option(
    help:
      "Whose names the tensors get: torchvision's, timm's, or those of the source that the checkpoint was converted from."
  )
  var names = NamesChoice.torchvision

  @Flag(help: "In an ONNX file, make each batch norm a part of the convolution before it.")
  var fold = false

  @OptionGroup var bases: BaseOptions

  enum NamesChoice: String, ExpressibleByArgument, CaseIterable {
    case torchvision
    case timm
    case source
  }

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case safetensors
    case onnx
    case raw
  }

  func validate() throws {
    let format = try chosenFormat()
    if format == .onnx, names != .torchvision {
      throw ValidationError(
        "--names \(names.rawValue) is for files whose weights go back to where they came from; an ONNX file has torchvision's."
      )
    }
    if format != .onnx, fold {
      throw ValidationError("--fold is for ONNX files; \(format.rawValue) keeps every tensor as it is.")
    }
  }

  /// What was asked for, else what the output's ending says.
  private func chosenFormat() throws -> Format {
    if let format { return format }
    switch Self.ending(of: output) {
    case "": return .raw
    case "safetensors": return .safetensors
    case "onnx": return .onnx
    case let ending:
      throw ValidationError(
        "--output ends in .\(ending), which is not written; known endings are .safetensors and .onnx, and a folder "
          + "has none. --format safetensors, onnx or raw allows any name.")
    }
  }

  /// What follows the last dot of a file's name, in lower case; empty if it does not begin with a letter, as in
  /// `resnet-1.5`.
  private static func ending(of path: String) -> String {
    let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    let ending = name[name.index(after: dot)...]
    return ending.first?.isLetter == true ? ending.lowercased() : ""
  }

  func run() throws {
    let format = try chosenFormat()
    try Operand.keep([file], from: output)
    let model = try loadModel(file, bases: bases)
    let names: ExportNames =
      switch names {
      case .torchvision: .torchvision
      case .timm: .timm
      case .source: .source
      }
    let report: ExportReport
    do {
      report =
        switch format {
        case .safetensors: try model.exportSafetensors(to: output, names: names)
        case .onnx:
          try model.exportONNX(to: output, folding: fold, producerVersion: ResZooCommand.version)
        case .raw: try model.exportRaw(folder: output, names: names)
        }
    } catch {
      throw Failure(error, path: file)
    }
    for note in report.notes { Terminal.error("reszoo: \(Remedy.asOptions(note))") }
    Terminal.error(
      "reszoo: \(output): \(report.tensorCount.grouped) tensors, \(report.byteCount.grouped) bytes")
  }
}
