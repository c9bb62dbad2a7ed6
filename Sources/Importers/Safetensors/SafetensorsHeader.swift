import Messages
import TensorCore

/// What a safetensors file says before its data.
///
///     0        u64, little-endian: N, the length of the header
///     8        N bytes: {"NAME": {"dtype": …, "shape": […], "data_offsets": [BEGIN, END]}, …,
///              "__metadata__": {"KEY": "VALUE", …}}, filled up with spaces
///     8 + N    the data; BEGIN and END count from here
///
/// The format is documented at <https://github.com/huggingface/safetensors>.
struct SafetensorsHeader {
  /// Bytes that a header may have, as the format says.
  static let lengthLimit = 100_000_000
  /// Most tensors, and most entries of the metadata, that are read here.
  static let countLimit = 65_536
  /// Bytes of all texts of the metadata together.
  static let textLimit = 8 << 20
  /// The member that is no tensor.
  static let metadataName = "__metadata__"

  var tensors: [SafetensorsTensor] = []
  var metadata: [String: String] = [:]
}

/// One tensor as a header describes it.
struct SafetensorsTensor {
  var name: String
  var type: SafetensorsType
  var shape: Shape
  /// Where its bytes lie, from the beginning of the data.
  var bytes: Range<Int>
}

extension SafetensorsHeader {
  /// Checks every tensor on its own, and all of them against data of `byteCount` bytes, which they must fill without
  /// gap or overlap. Readers and writers both use it.
  ///
  /// - Throws: ``ImportError`` with `invalidTensor`, `duplicateTensor`, `misaligned`, `outOfRange`, `overlap` or
  ///   `unclaimedBytes`.
  /// - Complexity: O(n log n) in the number of tensors.
  func validate(dataByteCount byteCount: Int, file: String) throws(ImportError) {
    var names: Set<String> = []
    for tensor in tensors {
      try tensor.validate(file: file)
      guard names.insert(tensor.name).inserted else {
        throw ImportError(.duplicateTensor, file: file, "two tensors are named '\(tensor.name)'")
      }
      guard tensor.bytes.upperBound <= byteCount else {
        throw ImportError(
          .outOfRange, file: file,
          "\(tensor.name): bytes \(tensor.bytes.lowerBound) to \(tensor.bytes.upperBound), but there are "
            + "\(byteCount) bytes of data; the file is not complete")
      }
    }
    try requirePacked(tensors.map { ($0.name, $0.bytes) }, total: byteCount, file: file)
  }
}

extension SafetensorsTensor {
  fileprivate func validate(file: String) throws(ImportError) {
    func fault(_ message: String, _ code: ImportError.Code = .invalidTensor) -> ImportError {
      ImportError(code, file: file, "tensor '\(name.printable.prefix(80))': \(message)")
    }
    guard !name.isEmpty, name != SafetensorsHeader.metadataName, name.printable == name else {
      throw fault("a tensor cannot have this name")
    }
    let (bits, overflow) = shape.elementCount.multipliedReportingOverflow(by: type.bitCount)
    guard !overflow, bits % 8 == 0, bits / 8 == bytes.count else {
      throw fault(
        "\(bytes.count) bytes for the shape \(shape) of \(type.rawValue), which has \(type.bitCount) bits an element"
      )
    }
    let size = type.bitCount / 8
    guard size <= 1 || bytes.lowerBound % size == 0 else {
      throw fault(
        "begins at byte \(bytes.lowerBound) of the data; \(type.rawValue) must begin at a multiple of \(size); the "
          + "safetensors package writes it so", .misaligned)
    }
  }
}
