import Messages
import ModelDescriptor
import ResNetModel

extension Model {
  /// The network of real numbers that is exported in the place of a quantized one; nil for one of real numbers.
  func realNumbersToExport() throws(ExportError) -> Model? {
    guard quantization != nil else { return nil }
    do { return try dequantized() } catch { throw .descriptor(error.description) }
  }

  /// The sentence on what an export leaves out of a quantized network.
  var quantizationNote: Remark? {
    quantization.map { quantization in
      """
      quantization: left out. The export is a network of real numbers: the weights of \(quantization.layers.count) layers are \
      their integers times their scales, none of \(quantization.maps.count) maps is rounded, and its answers differ a little
      """
    }
  }
}

extension ExportReport {
  /// The report with a sentence in front.
  func noting(_ note: Remark?) -> ExportReport {
    ExportReport(tensorCount: tensorCount, byteCount: byteCount, notes: (note.map { [$0] } ?? []) + notes)
  }
}
