import Files
import Importers
import ModelDescriptor
public import ResNetModel
import TensorCore
import WeightFiles

extension Model {
  /// Writes the weights as a safetensors file, which appears whole or not at all.
  ///
  /// Tensors that are stored as float16, bfloat16 or float64 leave so, bit for bit; those of int8 as float32. They have
  /// PyTorch's names and layout: `torch.nn.Module.load_state_dict` takes them as they are. The
  /// metadata says what the network is, and ``importWeights(_:options:)`` heeds it. A quantized network leaves as the one of real
  /// numbers, ``Model/dequantized()``, which the report says.
  ///
  /// - Throws: ``ExportError``.
  /// - Complexity: O(number of weights) in time; one small buffer beside the model.
  @discardableResult
  public func exportSafetensors(
    to path: String, names: ExportNames = .torchvision
  ) throws(ExportError) -> ExportReport {
    if let model = try realNumbersToExport() {
      return try model.exportSafetensors(to: path, names: names).noting(quantizationNote)
    }
    let plan = try ExportPlan(self, names: names, keepsTypes: true).ordered
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

extension ExportPlan {
  /// The same with the widest elements first, so that each tensor is aligned for its own.
  fileprivate var ordered: ExportPlan {
    var plan = self
    plan.parameters = [8, 4, 2].flatMap { width in
      parameters.filter { $0.tensor.elementType.byteCount == width }
    }
    return plan
  }
}

extension SafetensorsType {
  /// The format's name of a type that is exported.
  fileprivate init(_ type: ElementType) {
    self =
      switch type {
      case .float32: .f32
      case .float16: .f16
      case .bfloat16: .bf16
      case .float64: .f64
      case .int64: .i64
      case .int8: preconditionFailure("int8 is exported as float32")
      }
  }
}

extension SafetensorsHeader {
  /// The header of an export. Counters come first, as they need the largest alignment.
  fileprivate init(_ plan: ExportPlan, descriptor: ModelDescriptor, file: String) throws(ExportError) {
    self.init()
    var end = 0
    func append(_ name: String, _ type: SafetensorsType, _ shape: Shape) -> SafetensorsTensor {
      let start = end
      end += shape.elementCount * type.bitCount / 8
      return SafetensorsTensor(name: name, type: type, shape: shape, bytes: start..<end)
    }
    tensors = plan.counters.map { append($0.name, .i64, []) }
    tensors += plan.parameters.map {
      append($0.name, SafetensorsType($0.tensor.elementType), $0.tensor.shape)
    }
    do {
      metadata = try ModelTexts.texts(for: descriptor)
    } catch {
      throw .descriptor(error.description)
    }
    do {
      try validate(dataByteCount: end, file: file)
    } catch {
      throw .names(error.remark)
    }
  }
}
