// The names are those of reszoo.h.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

// The functions of reszoo.h about nodes and tensors.
public import CResZoo
import Platform
import ResZoo
import TensorCore

@c @implementation public func reszoo_model_get_node(
  _ model: OpaquePointer!, _ node: UnsafePointer<reszoo_node>!, _ shape: UnsafeMutablePointer<Int>!,
  _ rank: UnsafeMutablePointer<Int>!, _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    let model = unsafe try opened(model)
    let extents = unsafe try required(shape, named: "shape")
    let rank = unsafe try required(rank, named: "rank")
    var use = unsafe try OpenedModel.NodeUse(node, hasSize: true)
    if use.height == 0, use.width == 0 { (use.height, use.width) = (nil, nil) }
    let found = try model.shape(use)
    for index in 0..<3 { unsafe extents[index] = index < found.count ? found[index] : 1 }
    unsafe rank.pointee = found.count
  }
}

@c @implementation public func reszoo_run(
  _ model: OpaquePointer!, _ input: UnsafePointer<reszoo_tensor>!, _ node: UnsafePointer<reszoo_node>!,
  _ cancellation: OpaquePointer!, _ output: UnsafeMutablePointer<Float>!, _ output_size: Int,
  _ required: UnsafeMutablePointer<Int>!, _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    let model = unsafe try opened(model)
    let batch = unsafe try InputBatch(input, of: model)
    let cancellation = unsafe try wish(cancellation)
    var use = unsafe try OpenedModel.NodeUse(node)
    if unsafe node == nil {
      _ = try model.requireClassifier()
      use.path = model.graph.nodes[model.graph.nodes.count - 1].name
    }
    let size = model.descriptor.preprocessing.inputSize
    if [batch.height, batch.width] != size[1...] { (use.height, use.width) = (batch.height, batch.width) }
    let elementCount = try model.shape(use).reduce(1, *)
    let needed = try product(batch.count, elementCount, named: "an output")
    if let place = unsafe required {
      unsafe try CInterface.required(place, named: "required").pointee = needed
    }
    guard unsafe output != nil else { return }
    guard let rows = unsafe try rows(output, output_size, count: batch.count, perImage: elementCount) else {
      return
    }
    try cancellation?.check()
    unsafe try model.output(use).run(batch.images, into: rows) { _, _ in try cancellation?.check() }
  }
}

@c @implementation public func reszoo_model_get_tensor(
  _ model: OpaquePointer!, _ index: Int, _ info: UnsafeMutablePointer<reszoo_tensor_info>!,
  _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    let tensors = unsafe try opened(model).stack.tensors
    guard var facts = unsafe try structure(info, named: "info") else { throw CallError.null("info") }
    guard tensors.indices.contains(index) else {
      throw CallError(.notFound, "there is no tensor \(UInt(bitPattern: index)) of \(tensors.count)")
    }
    let entry = tensors[index].entry
    let extents = entry.shape.dimensions
    unsafe withUnsafeMutableBytes(of: &facts.name) { unsafe put(entry.name, into: $0) }
    unsafe withUnsafeMutableBytes(of: &facts.type) { unsafe put(entry.elementType.rawValue, into: $0) }
    facts.rank = extents.count
    unsafe withUnsafeMutableBytes(of: &facts.shape) { bytes in
      // The format allows no more than there is room for (FORMAT §4).
      for (axis, extent) in extents.enumerated() {
        unsafe bytes.storeBytes(of: extent, toByteOffset: 8 * axis, as: Int.self)
      }
    }
    facts.elements = entry.shape.elementCount
    unsafe info.pointee = facts
  }
}

@c @implementation public func reszoo_model_copy_tensor(
  _ model: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ output: UnsafeMutablePointer<Float>!,
  _ output_size: Int, _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    let model = unsafe try opened(model)
    guard let name = unsafe try text(name, named: "name") else { throw CallError.null("name") }
    guard let entry = model.stack.tensors.first(where: { $0.entry.name == name })?.entry else {
      throw CallError(.notFound, "there is no tensor '\(name)'")
    }
    let elementCount = entry.shape.elementCount
    guard let rows = unsafe try rows(output, output_size, count: 1, perImage: elementCount) else { return }
    guard let tensor = try model.tensors().floats[name] else {
      throw CallError(.failed, "the tensor '\(name)' was not loaded")
    }
    unsafe rows.withRow(0) { row in
      if tensor.elementType == .int64 {
        let bytes = tensor.bytes
        for index in row.indices {
          row[index] = unsafe Float(bytes.unsafeLoad(fromByteOffset: 8 * index, as: Int64.self))
        }
      } else {
        let floats = tensor.floats
        for index in row.indices { row[index] = floats[index] }
      }
    }
  }
}

/// Copies a text that fits, and zeros behind it.
private func put(_ text: String, into bytes: UnsafeMutableRawBufferPointer) {
  unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
  unsafe bytes.copyBytes(from: text.utf8.prefix(bytes.count - 1))
}

extension OpenedModel.NodeUse {
  /// The node that a caller names; nil is the embedding.
  ///
  /// - Parameter hasSize: true where the caller may ask for a size.
  init(_ pointer: UnsafePointer<reszoo_node>?, hasSize: Bool = false) throws(CallError) {
    let node = unsafe try structure(pointer, named: "node")
    let size = unsafe try (
      count(node?.height ?? 0, named: "node->height"), count(node?.width ?? 0, named: "node->width")
    )
    guard hasSize || size == (0, 0) else {
      throw .invalid("node->height and node->width must be 0 here: the size is that of the images")
    }
    if hasSize { (height, width) = size }
    path = unsafe try text(node?.path, named: "node->path")
    pooled = unsafe try flag(node?.pooled ?? 0, named: "node->pooled")
  }
}

/// The batch that a caller gives, checked.
@safe private struct InputBatch: @unchecked Sendable {
  let count: Int
  let height: Int
  let width: Int
  private let data: UnsafeRawPointer?
  private let strides: [Int]

  init(_ pointer: UnsafePointer<reszoo_tensor>?, of model: OpenedModel) throws(CallError) {
    guard let input = unsafe try structure(pointer, named: "input") else { throw .null("input") }
    let extents = unsafe [input.images, input.channels, input.height, input.width]
    let elementCount = try product(
      CInterface.count(extents[0], named: "input->images"),
      CInterface.count(extents[1], named: "input->channels"),
      CInterface.count(extents[2], named: "input->height"),
      CInterface.count(extents[3], named: "input->width"), named: "an input")
    let channels = model.descriptor.architecture.input.channels
    guard extents[1] == channels else {
      throw CallError(
        .unsupported, "an input of \(extents[1]) channels; the network takes \(channels)")
    }
    (count, height, width) = (extents[0], extents[2], extents[3])
    var strides = unsafe [input.strides.0, input.strides.1, input.strides.2, input.strides.3]
    if strides == [0, 0, 0, 0] {
      strides = [4 * channels * height * width, 4 * height * width, 4 * width, 4]
    }
    self.strides = strides
    unsafe data = unsafe UnsafeRawPointer(input.data)
    guard elementCount > 0 else { return }
    guard let data = unsafe data else { throw .null("input->data") }
    guard UInt(bitPattern: data) % 4 == 0, strides.allSatisfy({ $0 % 4 == 0 }) else {
      throw .invalid("input->data and input->strides must be multiples of 4")
    }
    var reach = 0
    for (stride, extent) in zip(strides, extents) {
      let (part, overflow) = stride.multipliedReportingOverflow(by: extent - 1)
      let (sum, sumOverflow) = reach.addingReportingOverflow(Int(clamping: part.magnitude))
      guard !overflow, !sumOverflow else { throw .invalid("input->strides lead too far") }
      reach = sum
    }
  }

  /// The tensors for the pipeline. The caller's memory must stay for as long as they are used.
  var images: PipelineImages {
    unsafe PipelineImages(count: count, areTensors: true) { index in
      guard let data = unsafe data else { return unsafe .fault(ImageError(.empty, "there is no input")) }
      return unsafe .tensor(
        StridedTensor(
          data: data + index * strides[0], channelStride: strides[1], rowStride: strides[2],
          columnStride: strides[3]))
    }
  }
}
