import Exporters
import Importers
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing

/// What leaves of a quantized network is said.
@Suite struct QuantizedExportTests {
  private let folder = TemporaryFolder()

  private func model() throws -> Model {
    let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    return try Model(contentsOf: root + "/spec/vectors/networks/quantized.rzoo")
  }

  @Test func `weights leave as a network of real numbers, and the report says so first`() throws {
    let model = try model()
    let reports = [
      try model.exportSafetensors(to: folder.file("a.safetensors")),
      try model.exportRaw(folder: folder.file("raw")),
    ]
    for (report, path) in zip(reports, ["a.safetensors", "raw"]) {
      let note = "\(try #require(report.notes.first))"
      #expect(note.hasPrefix("quantization: left out. The export is a network of real numbers"), "\(note)")
      let copy = try importWeights(folder.file(path)).model
      #expect(copy.quantization == nil)
      for parameter in model.graph.parameters {
        let bytes = Array(copying: copy.parameter(parameter.name).bytes)
        #expect(bytes == Array(copying: model.parameter(parameter.name).bytes), "\(parameter.name)")
      }
    }
  }

  @Test func `an ONNX file of another network is not written`() throws {
    let error = #expect(throws: ExportError.self) { try model().exportONNX(to: folder.file("a.onnx")) }
    #expect(error?.description.contains("the network is quantized") == true)
    #expect(folder.names.isEmpty)
    try model().dequantized().exportONNX(to: folder.file("a.onnx"))
  }
}
