import Files
import ModelDescriptor
public import ResNetModel
import TensorCore

extension Model {
  /// Writes the weights as a safetensors file, which appears whole or not at all.
  ///
  /// The tensors have PyTorch's names and layout: `torch.nn.Module.load_state_dict` takes them as they are. The
  /// metadata says what the network is, and ``importWeights(_:options:)`` heeds it.
  ///
  /// - Throws: ``ExportError``.
  /// - Complexity: O(number of weights) in time; one small buffer beside the model.
  @discardableResult
  public func exportSafetensors(
    to path: String, names: ExportNames = .torchvision
  ) throws(ExportError) -> ExportReport {
    let plan = try ExportPlan(self, names: names)
    let header = try SafetensorsHeader(plan, descriptor: descriptor, file: path)
    let start: [UInt8]
    do { start = try header.encoded() } catch { throw .descriptor(error.description) }
    do {
      let file = try AtomicFile(path: path)
      try file.append(start.rawBytes)
      for counter in plan.counters {
        var scalar = ByteWriter()
        scalar.write(counter.value)
        try file.append(scalar.bytes.rawBytes)
      }
      for parameter in plan.parameters { try file.append(parameter.tensor.bytes) }
      try file.commit()
      return ExportReport(
        tensorCount: header.tensors.count, byteCount: Int(file.byteCount), notes: plan.notes)
    } catch {
      throw .file(error)
    }
  }
}

extension SafetensorsHeader {
  /// The header of an export. Counters come first, as they need the larger alignment.
  fileprivate init(_ plan: ExportPlan, descriptor: ModelDescriptor, file: String) throws(ExportError) {
    var end = 0
    func append(_ name: String, _ type: SafetensorsType, _ shape: Shape) -> SafetensorsTensor {
      let start = end
      end += shape.elementCount * type.bitCount / 8
      return SafetensorsTensor(name: name, type: type, shape: shape, bytes: start..<end)
    }
    tensors = plan.counters.map { append($0.name, .i64, []) }
    tensors += plan.parameters.map { append($0.name, .f32, $0.tensor.shape) }
    do {
      metadata = try ExportMetadata.texts(for: descriptor)
    } catch {
      throw .descriptor(error.description)
    }
    do {
      try validate(dataByteCount: end, file: file)
    } catch {
      throw .names(error.message)
    }
  }
}
