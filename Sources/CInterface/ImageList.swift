import CResZoo
import ImageInput
import ResZoo

/// The images that a caller lists, read from there when their turn comes.
@safe struct ImageList: @unchecked Sendable {
  private let list: reszoo_images
  private let kind: Kind

  private enum Kind {
    case binary, largeBinary, buffers, paths, pixels
  }

  /// An image that cannot be looked at.
  struct Fault {
    var status: Int32
    var message: String

    fileprivate static let missing = Fault(status: Int32(RESZOO_IMAGE_MISSING), message: "there is no image")
    fileprivate static let badPixels = Fault(
      status: Int32(RESZOO_IMAGE_BAD_PIXELS),
      message: "the pixels make no image: there must be 1 or 3 channels, and strides that lead to memory")
  }

  /// Checks what the list says of itself.
  init(_ pointer: UnsafePointer<reszoo_images>?) throws(CallError) {
    guard let list = unsafe try structure(pointer, named: "images") else { throw .null("images") }
    unsafe self.list = unsafe list
    _ = unsafe try CInterface.count(list.count, of: 64, named: "images->count")
    switch unsafe Int(list.kind) {
    case RESZOO_IMAGES_BINARY: kind = .binary
    case RESZOO_IMAGES_LARGE_BINARY: kind = .largeBinary
    case RESZOO_IMAGES_BUFFERS: kind = .buffers
    case RESZOO_IMAGES_PATHS: kind = .paths
    case RESZOO_IMAGES_PIXELS: kind = .pixels
    default: throw unsafe .invalid("images->kind is \(list.kind)")
    }
    guard count > 0 else { return }
    switch kind {
    case .binary, .largeBinary: try checkOffsets()
    case .buffers:
      guard unsafe list.buffers != nil else { throw .null("images->buffers") }
      guard unsafe list.sizes != nil else { throw .null("images->sizes") }
    case .paths: guard unsafe list.paths != nil else { throw .null("images->paths") }
    case .pixels: guard unsafe list.pixels != nil else { throw .null("images->pixels") }
    }
  }

  var count: Int { unsafe list.count }

  private func checkOffsets() throws(CallError) {
    guard unsafe list.offsets != nil else { throw .null("images->offsets") }
    let size = unsafe try CInterface.count(list.data_size, named: "images->data_size")
    guard unsafe list.data != nil || size == 0 else { throw .null("images->data") }
    guard unsafe list.validity_offset >= 0, unsafe list.validity_offset < Int.max - count else {
      throw .invalid("images->validity_offset is too large")
    }
    var last = offset(0)
    guard last >= 0 else { throw .invalid("images->offsets begins with \(last)") }
    for index in 1...count {
      let next = offset(index)
      guard next >= last, next <= size else {
        throw .invalid(
          "images->offsets[\(index)] is \(next), behind \(last) in \(size) bytes of data: it must not fall, nor lie behind the data"
        )
      }
      last = next
    }
  }

  private func offset(_ index: Int) -> Int {
    guard let offsets = unsafe list.offsets else { return 0 }
    return kind == .binary
      ? unsafe Int(offsets.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self))
      : unsafe Int(offsets.loadUnaligned(fromByteOffset: 8 * index, as: Int64.self))
  }

  /// The reason why there is nothing to decode at a position; nil where there is something.
  func fault(at index: Int) -> Fault? {
    switch kind {
    case .binary, .largeBinary:
      guard let validity = unsafe list.validity else { return nil }
      let bit = unsafe list.validity_offset + index
      return unsafe validity[bit >> 3] >> (bit & 7) & 1 == 1 ? nil : .missing
    case .buffers: return unsafe list.buffers[index] == nil ? .missing : nil
    case .paths: return unsafe list.paths[index] == nil ? .missing : nil
    case .pixels:
      let pixels = unsafe list.pixels[index]
      if unsafe pixels.data == nil { return .missing }
      return unsafe pixels.isSound ? nil : .badPixels
    }
  }

  /// The image at a position.
  private func image(at index: Int) -> PipelineImage {
    if fault(at: index) != nil { return unsafe .fault(ImageError(.empty, "there is no image")) }
    switch kind {
    case .binary, .largeBinary:
      // The offsets are compared with the data once more: another thread of the caller may have changed them.
      let (start, end) = (offset(index), offset(index + 1))
      guard start >= 0, start <= end, unsafe end <= list.data_size, let data = unsafe list.data else {
        return unsafe .bytes(UnsafeRawBufferPointer(start: nil, count: 0))
      }
      return unsafe .bytes(UnsafeRawBufferPointer(start: data + start, count: end - start))
    case .buffers:
      let size = unsafe list.sizes[index]
      return unsafe .bytes(
        UnsafeRawBufferPointer(start: list.buffers[index], count: size < 0 ? Int.max : size))
    case .paths:
      guard let path = unsafe list.paths[index] else {
        return unsafe .fault(ImageError(.empty, "there is no image"))
      }
      guard let path = unsafe String(validatingCString: path) else {
        return unsafe .source(.illegible(name: String(cString: path)))
      }
      return unsafe .source(.file(path: path))
    case .pixels: return unsafe .pixels(StridedPixels(list.pixels[index]))
    }
  }

  /// The images for the pipeline. The caller's memory must stay for as long as they are used.
  var images: PipelineImages {
    unsafe PipelineImages(count: count) { unsafe image(at: $0) }
  }
}

extension reszoo_pixels {
  /// True if the position of each sample can be computed.
  fileprivate var isSound: Bool {
    guard unsafe channels == 1 || channels == 3 else { return false }
    // The decoder refuses larger sides, and says so.
    guard unsafe (0...65535).contains(height), unsafe (0...65535).contains(width) else { return true }
    var reach = 0
    for (stride, extent) in unsafe [
      (row_stride, height), (column_stride, width), (channel_stride, channels),
    ] {
      let (part, overflow) = stride.multipliedReportingOverflow(by: max(extent - 1, 0))
      let (sum, sumOverflow) = reach.addingReportingOverflow(Int(clamping: part.magnitude))
      guard !overflow, !sumOverflow else { return false }
      reach = sum
    }
    return true
  }
}

extension StridedPixels {
  fileprivate init(_ pixels: reszoo_pixels) {
    unsafe self.init(
      data: pixels.data, height: max(-1, pixels.height), width: max(-1, pixels.width),
      channels: pixels.channels, rowStride: pixels.row_stride, columnStride: pixels.column_stride,
      channelStride: pixels.channel_stride)
  }
}
