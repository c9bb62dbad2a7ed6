public import ModelDescriptor

/// Makes a network's input of images as a preprocessing record says, to the bit as torchvision does on PIL images.
///
/// It keeps its buffers from one image to the next: use one per thread.
public final class Preprocessor {
  /// The record that is followed.
  public let record: Preprocessing
  /// Extents of the network's input.
  public let channels: Int
  /// Rows of the network's input.
  public let height: Int
  /// Columns of the network's input.
  public let width: Int

  private var file = ByteBuffer()
  private var workspace: PreprocessWorkspace
  private let normalization: Normalization

  /// - Throws: ``ImageError`` with `invalidRecord`, or `channels` when the input has neither 1 nor 3 of them.
  public init(_ record: Preprocessing) throws(ImageError) {
    try checkRecord(record)
    self.record = record
    (channels, height, width) = (record.inputSize[0], record.inputSize[1], record.inputSize[2])
    workspace = PreprocessWorkspace(record)
    normalization = Normalization(record)
  }

  /// Elements of one image's tensor: height × width × channels.
  public var elementCount: Int { channels * height * width }

  /// The pixels of the file at `path` after resizing and cropping.
  ///
  /// - Throws: ``ImageError``; its `path` is set.
  public func preparePixels(atPath path: String) throws(ImageError) -> PreparedImage {
    pixels(try prepare(atPath: path))
  }

  /// The pixels of the image in `bytes` after resizing and cropping.
  public func preparePixels(_ bytes: [UInt8]) throws(ImageError) -> PreparedImage {
    try preparePixels(bytes.span)
  }

  /// The pixels of the image in `bytes` after resizing and cropping.
  public func preparePixels(_ bytes: Span<UInt8>) throws(ImageError) -> PreparedImage {
    pixels(try workspace.prepare(bytes))
  }

  /// The pixels of a square image that lies plane by plane, red, green and blue, after resizing and cropping.
  ///
  /// - Parameter planes: 3 · `side`² samples.
  package func preparePixels(planes: Span<UInt8>, side: Int) throws(ImageError) -> PreparedImage {
    let image = try unsafe workspace.interleave(planes: planes, side: side)
    return pixels(try unsafe workspace.frame(image))
  }

  /// Writes the network's input for the file at `path`.
  ///
  /// - Parameter tensor: ``elementCount`` floats that become [height, width, channels], channels contiguous. They stay
  ///   as they are when an error is thrown.
  /// - Throws: ``ImageError``; its `path` is set.
  /// - Precondition: the span has exactly that length.
  public func prepareTensor(
    atPath path: String, into tensor: inout MutableSpan<Float>
  ) throws(ImageError) -> ImageInfo {
    let info = try prepare(atPath: path)
    normalize(into: &tensor)
    return info
  }

  /// Writes the network's input for the image in `bytes`; else as ``prepareTensor(atPath:into:)``.
  public func prepareTensor(
    _ bytes: [UInt8], into tensor: inout MutableSpan<Float>
  ) throws(ImageError) -> ImageInfo {
    try prepareTensor(bytes.span, into: &tensor)
  }

  /// Writes the network's input for the image in `bytes`; else as ``prepareTensor(atPath:into:)``.
  public func prepareTensor(
    _ bytes: Span<UInt8>, into tensor: inout MutableSpan<Float>
  ) throws(ImageError) -> ImageInfo {
    let info = try workspace.prepare(bytes)
    normalize(into: &tensor)
    return info
  }

  /// A decoded image in the memory of its preprocessor.
  @unsafe package struct LoadedImage {
    fileprivate let image: UprightDecoder.Image
    /// The facts about the image.
    package var info: ImageInfo { unsafe image.info }
  }

  /// Decodes the file at `path`, for ``write(_:of:into:)``; the image is valid until the next one.
  ///
  /// - Throws: ``ImageError``; its `path` is set.
  package func load(atPath path: String) throws(ImageError) -> LoadedImage {
    defer { file.trim() }
    do {
      let count = try readImageFile(atPath: path, into: &file)
      return unsafe LoadedImage(image: try workspace.decode(file.prefix(count)))
    } catch {
      throw error.at(path)
    }
  }

  /// Decodes the image in `bytes`; else as ``load(atPath:)``.
  package func load(_ bytes: Span<UInt8>) throws(ImageError) -> LoadedImage {
    unsafe LoadedImage(image: try workspace.decode(bytes))
  }

  /// Takes a square image that lies plane by plane, red, green and blue; else as ``load(atPath:)``.
  ///
  /// - Parameter planes: 3 · `side`² samples.
  package func load(planes: Span<UInt8>, side: Int) throws(ImageError) -> LoadedImage {
    unsafe LoadedImage(image: try workspace.interleave(planes: planes, side: side))
  }

  /// Takes a copy of an image that is decoded already; else as ``load(atPath:)``.
  package func load(_ pixels: StridedPixels) throws(ImageError) -> LoadedImage {
    unsafe LoadedImage(image: try workspace.copy(pixels))
  }

  /// Writes the network's input for a view of a loaded image.
  ///
  /// - Precondition: the span has ``elementCount`` floats.
  package func write(
    _ view: ImageView, of loaded: LoadedImage, into tensor: inout MutableSpan<Float>
  ) throws(ImageError) {
    _ = try unsafe workspace.frame(loaded.image, view: view)
    normalize(into: &tensor)
  }

  /// Gives back memory that only an unusually large image needed; a loaded image is gone.
  package func trim() { workspace.trim() }

  private func prepare(atPath path: String) throws(ImageError) -> ImageInfo {
    defer { file.trim() }
    do {
      let count = try readImageFile(atPath: path, into: &file)
      return try workspace.prepare(file.prefix(count))
    } catch {
      throw error.at(path)
    }
  }

  private func pixels(_ info: ImageInfo) -> PreparedImage {
    let pixels = workspace.withCanvas { canvas in
      unsafe canvas.withUnsafeBufferPointer { unsafe Array($0) }
    }
    return PreparedImage(info: info, pixels: pixels, height: height, width: width, channels: channels)
  }

  private func normalize(into tensor: inout MutableSpan<Float>) {
    precondition(
      tensor.count == elementCount, "\(tensor.count) floats for an input of \(height)×\(width)×\(channels)")
    unsafe tensor.withUnsafeMutableBufferPointer { target in
      workspace.withCanvas { canvas in
        unsafe canvas.withUnsafeBufferPointer { source in
          unsafe normalization.apply(source.baseAddress, pixels: height * width, to: target.baseAddress)
        }
      }
    }
  }
}
