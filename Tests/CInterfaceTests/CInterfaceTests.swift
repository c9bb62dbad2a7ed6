import CInterface
import CResZoo
import ImageInput
import Platform
import ResNetModel
import ResZoo
import Testing

/// The C interface called from Swift, beside the library that it stands on. `Tests/CPrograms` has what takes threads, forks and wrong
/// arguments.
@Suite struct CInterfaceTests {
  private static let folder = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
  private static let model = folder + "/models/cifar_resnet20.rzoo"
  private static let images = ["airplane", "automobile", "ship"].map { folder + "/Examples/images/\($0).png" }

  /// A model that is closed with the value.
  private final class Handle {
    let model: OpaquePointer?

    init(_ options: reszoo_options? = nil) {
      var model: OpaquePointer?
      if var options = unsafe options {
        unsafe options.struct_size = MemoryLayout<reszoo_options>.size
        unsafe #expect(reszoo_model_open(CInterfaceTests.model, &options, &model, nil) == 0)
      } else {
        unsafe #expect(reszoo_model_open(CInterfaceTests.model, nil, &model, nil) == 0)
      }
      unsafe self.model = unsafe model
    }

    deinit { unsafe #expect(reszoo_model_close(model, nil) == 0) }

    func text(_ which: Int) -> String {
      var text: UnsafeMutablePointer<CChar>?
      unsafe #expect(reszoo_model_get_text(model, Int32(which), &text, nil) == 0)
      defer { unsafe reszoo_free(text) }
      return unsafe text.map { unsafe String(cString: $0) } ?? ""
    }

    /// The likeliest classes of images that lie in memory, as far as they have a result.
    func classes(of pixels: [DecodedImage], top: Int) -> [[Prediction]] {
      var indices = [Int32](repeating: 0, count: pixels.count * top)
      var probabilities = [Double](repeating: 0, count: pixels.count * top)
      var logits = [Float](repeating: 0, count: pixels.count * top)
      let lists = pixels.map { image in
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: image.pixels.count)
        unsafe memory.initialize(from: image.pixels, count: image.pixels.count)
        return unsafe reszoo_pixels(
          data: memory, height: image.height, width: image.width, channels: 3,
          row_stride: 3 * image.width, column_stride: 3, channel_stride: 1)
      }
      defer { for list in unsafe lists { unsafe UnsafeMutablePointer(mutating: list.data).deallocate() } }
      unsafe lists.withUnsafeBufferPointer { lists in
        unsafe indices.withUnsafeMutableBufferPointer { indices in
          unsafe probabilities.withUnsafeMutableBufferPointer { probabilities in
            unsafe logits.withUnsafeMutableBufferPointer { logits in
              var images = reszoo_images()
              unsafe images.struct_size = MemoryLayout<reszoo_images>.size
              unsafe images.kind = Int32(RESZOO_IMAGES_PIXELS)
              unsafe images.count = lists.count
              unsafe images.pixels = unsafe lists.baseAddress
              var answers = unsafe reszoo_answers(
                struct_size: MemoryLayout<reszoo_answers>.size, top: top, indices: indices.baseAddress,
                probabilities: probabilities.baseAddress, logits: logits.baseAddress)
              unsafe #expect(reszoo_classify(model, &images, nil, &answers, nil, nil) == 0)
            }
          }
        }
      }
      return pixels.indices.map { image in
        (image * top..<(image + 1) * top).map { place in
          Prediction(
            label: label(Int(indices[place])), index: Int(indices[place]), probability: probabilities[place],
            logit: logits[place])
        }
      }
    }

    func label(_ index: Int) -> String? {
      var text: UnsafeMutablePointer<CChar>?
      unsafe #expect(reszoo_model_get_label(model, index, &text, nil) == 0)
      defer { unsafe reszoo_free(text) }
      return unsafe text.map { unsafe String(cString: $0) }
    }
  }

  @Test(arguments: [false, true])
  func `pixels have the answers of the files that they come from`(isExact: Bool) throws {
    var options = reszoo_options()
    unsafe options.precision = isExact ? 1 : 0
    let handle = unsafe Handle(options)
    let classifier = try Classifier(Model(contentsOf: Self.model), options: .init(exact: isExact))
    let pixels = try Self.images.map { try decodeImage(atPath: $0) }
    let wanted = try Self.images.map { try classifier.classify($0, top: 10).top }
    #expect(handle.classes(of: pixels, top: 10) == wanted)
  }

  @Test func `texts say what the model says`() throws {
    let handle = Handle()
    let model = try Model(contentsOf: Self.model)
    #expect(handle.text(RESZOO_TEXT_METADATA) == String(decoding: try model.descriptor.metadataJSON(), as: UTF8.self))
    #expect(
      handle.text(RESZOO_TEXT_ARCHITECTURE) == String(decoding: try model.descriptor.architectureJSON(), as: UTF8.self))
    #expect(handle.text(RESZOO_TEXT_LABELS).hasPrefix(#"["airplane","automobile","#))
    #expect(handle.text(RESZOO_TEXT_NODES).hasSuffix(#""fc"]"#))
    #expect(handle.text(RESZOO_TEXT_INSPECTION).contains(handle.text(RESZOO_TEXT_CONTENT_ROOT)))
  }

  @Test func `facts are those of the model`() throws {
    let handle = Handle()
    let model = try Model(contentsOf: Self.model)
    var info = reszoo_model_info()
    info.struct_size = MemoryLayout<reszoo_model_info>.size
    unsafe #expect(reszoo_model_get_info(handle.model, &info, nil) == 0)
    #expect([info.channels, info.height, info.width, info.classes] == [3, 32, 32, 10])
    #expect(info.parameters == model.graph.parameterCount)
    #expect(info.tensors == model.parameters.count)
    #expect(info.threads == reszoo_default_threads())
    #expect(info.exclusive_classes == 1 && info.has_labels == 1 && info.untrained == 0)
  }

  @Test func `each tensor is copied bit for bit`() throws {
    let handle = Handle()
    let model = try Model(contentsOf: Self.model)
    var names: [String] = []
    for index in 0..<model.parameters.count {
      var info = reszoo_tensor_info()
      info.struct_size = MemoryLayout<reszoo_tensor_info>.size
      unsafe #expect(reszoo_model_get_tensor(handle.model, index, &info, nil) == 0)
      let name = withUnsafeBytes(of: info.name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      names.append(name)
      let tensor = model.parameter(name)
      let extents = [info.shape.0, info.shape.1, info.shape.2, info.shape.3]
      #expect(Array(extents.prefix(info.rank)) == tensor.shape.dimensions)
      var floats = [Float](repeating: 0, count: info.elements)
      unsafe #expect(reszoo_model_copy_tensor(handle.model, name, &floats, floats.count, nil) == 0)
      let own = tensor.floats
      #expect(floats.indices.allSatisfy { floats[$0].bitPattern == own[$0].bitPattern })
    }
    #expect(names == model.parameters.keys.sorted())
  }
}
