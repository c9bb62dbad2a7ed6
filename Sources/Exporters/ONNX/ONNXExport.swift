import Files
import Messages
import ModelDescriptor
public import ResNetModel
import SwiftProtobuf
import TensorCore

extension Model {
  /// Writes the network as an ONNX file (operator set 17, IR version 8), which appears whole or not at all.
  ///
  /// The input is `input` [N, C, H, W] and the output `logits` [N, classes], both float32; N, H and W are free. Constants
  /// have the names of the graph's parameters, operators those of its nodes; where a node takes several operators, the last
  /// one has its name. Weights that the network standardises are written standardised, which the report and the file's
  /// comment say. The metadata says what the network is, as that of ``exportSafetensors(to:names:)`` does.
  ///
  /// A quantized network stays one: its maps go through QuantizeLinear and DequantizeLinear, and the weights of its layers are int8
  /// before a DequantizeLinear with a scale for each output channel. With `folding` nothing stands between a layer's sums and the
  /// rounding of its map, as programs need it that compute with integers; without it the file gives the same network back.
  ///
  /// - Parameters:
  ///   - path: the file; one that exists is replaced.
  ///   - folding: true if each batch norm right after a convolution becomes part of it, which then has a bias.
  ///   - producerVersion: the version of the program that calls, for the file to name.
  /// - Throws: ``ExportError``, ``ExportError/tooLarge(_:)`` for a file of 2 GiB and more.
  /// - Complexity: O(number of weights) in time; the file's size in memory, and as much again with `folding`
  ///   or standardised weights.
  @discardableResult
  public func exportONNX(
    to path: String, folding: Bool = false, producerVersion: String = ""
  ) throws(ExportError) -> ExportReport {
    try exportONNX(
      to: path, folding: folding, producerVersion: producerVersion, byteLimit: ONNXDocument.byteLimit)
  }

  /// As the public one, with the largest size that the file may have.
  package func exportONNX(
    to path: String, folding: Bool, producerVersion: String, byteLimit: Int
  ) throws(ExportError) -> ExportReport {
    let weightByteCount = parameters.values.reduce(0) { $0 + $1.byteCount }
    // Looked at first, since building the file takes as much memory.
    guard weightByteCount < byteLimit else { throw .tooLargeForONNX }
    let document = try ONNXDocument(self, folding: folding, producerVersion: producerVersion)
    let bytes: [UInt8]
    do {
      bytes = try document.serializedBytes()
    } catch {
      // The library's one reason to refuse a message without required fields is its size.
      throw .tooLargeForONNX
    }
    guard bytes.count < byteLimit else { throw .tooLargeForONNX }
    do {
      let file = try AtomicFile(path: path)
      try file.append(bytes.rawBytes)
      try file.commit()
    } catch {
      throw .file(error)
    }
    return ExportReport(
      tensorCount: document.graph.constants.count, byteCount: bytes.count,
      notes: (ONNXDocument.note(on: self).map { [Remark($0)] } ?? []) + quantizationNotes(folding: folding))
  }
}

extension Model {
  /// The sentences on a quantized network in an ONNX file.
  private func quantizationNotes(folding: Bool) -> [Remark] {
    guard let quantization else { return [] }
    let norms = folding ? 0 : graph.foldableNorms.count
    var notes: [Remark] = [
      """
      quantization: kept. The weights of \(quantization.layers.count) layers are int8 and \(quantization.maps.count) maps are rounded \
      to 8 bits, by QuantizeLinear and DequantizeLinear
      """
    ]
    if norms > 0 {
      notes.append(
        """
        batch norms: \(norms) stand behind integers as they are, so that the same network comes back from the file; other programs \
        compute faster with \(Remedy.folding)
        """)
    }
    return notes
  }
}

extension ExportError {
  fileprivate static var tooLargeForONNX: ExportError {
    .tooLarge(
      "an ONNX file must have less than 2 GiB, and these weights take more; export safetensors instead")
  }
}
