import Files
import Messages
import TensorCore

/// A tensor of a raw export whose range was checked.
struct LocatedTensor {
  var name: String
  var shape: Shape
  var offset: Int
}

extension RawManifest {
  /// Checks every tensor on its own and all of them against a weights file of `size` bytes, which they must fill
  /// without gap or overlap.
  ///
  /// - Throws: ``WeightFileError`` with `invalidTensor`, `duplicateTensor`, `outOfRange`, `overlap` or `unclaimedBytes`.
  /// - Complexity: O(n log n) in the number of tensors.
  func locate(in weights: InputFile, manifest: String) throws(WeightFileError) -> [LocatedTensor] {
    var names: Set<String> = []
    var located: [LocatedTensor] = []
    for tensor in tensors {
      let shape = try tensor.validate(manifest: manifest)
      guard names.insert(tensor.name).inserted else {
        throw WeightFileError(.duplicateTensor, file: manifest, "two tensors are named '\(tensor.name)'")
      }
      let (end, overflow) = tensor.offset.addingReportingOverflow(tensor.byteCount)
      guard !overflow, end <= weights.size else {
        throw WeightFileError(
          .outOfRange, file: manifest,
          "\(tensor.name): \(tensor.byteCount) bytes from \(tensor.offset) on, but \(weights.path) has "
            + "\(weights.size) bytes")
      }
      located.append(LocatedTensor(name: tensor.name, shape: shape, offset: tensor.offset))
    }
    let filled = tensors.filter { $0.byteCount > 0 }
    try requirePacked(
      filled.map { ($0.name, $0.offset..<$0.offset + $0.byteCount) }, total: weights.size, file: weights.path)
    return located
  }
}

extension RawTensor {
  /// Checks the fields against each other and returns the shape.
  func validate(manifest: String) throws(WeightFileError) -> Shape {
    func fault(_ message: String) -> WeightFileError {
      WeightFileError(.invalidTensor, file: manifest, "tensor '\(name.prefix(80))': \(message)")
    }
    guard (1...TensorLimit.name).contains(name.utf8.count) else {
      throw fault(
        "a name of \(name.utf8.count) bytes; it must have from 1 to \(TensorLimit.name)")
    }
    guard type == "float32" else { throw fault("the type '\(type)'; a raw export holds float32 only") }
    guard dimensions.count <= TensorLimit.rank else {
      throw fault("\(dimensions.count) dimensions; at most \(TensorLimit.rank) are allowed")
    }
    guard TensorLimit.isSound(dimensions), let shape = Shape(checking: dimensions) else {
      throw fault("the shape \(dimensions) has a negative extent or too many elements")
    }
    let (size, overflow) = shape.elementCount.multipliedReportingOverflow(by: MemoryLayout<Float>.size)
    guard !overflow, size == byteCount else {
      throw fault("\(byteCount) bytes for the shape \(shape); it must be 4 for each element")
    }
    guard offset >= 0, offset % MemoryLayout<Float>.alignment == 0 else {
      throw fault("an offset of \(offset); it must be a multiple of 4, not negative")
    }
    return shape
  }
}
