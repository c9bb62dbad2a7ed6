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
    private let number: UInt

    var model: OpaquePointer? { unsafe OpaquePointer(bitPattern: number) }

    init(isExact: Bool = false) {
      var options = unsafe reszoo_options()
      unsafe options.struct_size = MemoryLayout<reszoo_options>.size
      unsafe options.precision = isExact ? 1 : 0
      var model: OpaquePointer?
      let status = unsafe reszoo_model_open(CInterfaceTests.model, &options, &model, nil)
      #expect(status == 0)
      number = UInt(bitPattern: model)
    }

    deinit {
      let status = unsafe reszoo_model_close(model, nil)
      #expect(status == 0)
    }

    func text(_ which: Int) -> String {
      var text: UnsafeMutablePointer<CChar>?
      let status = unsafe reszoo_model_get_text(model, Int32(which), &text, nil)
      #expect(status == 0)
      defer { unsafe reszoo_free(text) }
      return unsafe text.map { unsafe String(cString: $0) } ?? ""
    }

    /// The likeliest class of an image that lies in memory.
    func bestClass(of image: DecodedImage) -> (index: Int, probability: Double, logit: Float) {
      var (index, probability, logit) = (Int32(0), 0.0, Float(0))
      let status = unsafe image.pixels.withUnsafeBufferPointer { samples in
        var pixels = unsafe reszoo_pixels(
          data: samples.baseAddress, height: image.height, width: image.width, channels: 3,
          row_stride: 3 * image.width, column_stride: 3, channel_stride: 1)
        return unsafe withUnsafePointer(to: &pixels) { list in
          var images = unsafe reszoo_images()
          unsafe images.struct_size = MemoryLayout<reszoo_images>.size
          unsafe images.kind = Int32(RESZOO_IMAGES_PIXELS)
          unsafe images.count = 1
          unsafe images.pixels = list
          return unsafe withUnsafeMutablePointer(to: &index) { index in
            unsafe withUnsafeMutablePointer(to: &probability) { probability in
              unsafe withUnsafeMutablePointer(to: &logit) { logit in
                var answers = unsafe reszoo_answers(
                  struct_size: MemoryLayout<reszoo_answers>.size, top: 1, indices: index,
                  probabilities: probability, logits: logit)
                return unsafe reszoo_classify(model, &images, nil, &answers, nil, nil)
              }
            }
          }
        }
      }
      #expect(status == 0)
      return (Int(index), probability, logit)
    }

    func label(_ index: Int) -> String? {
      var text: UnsafeMutablePointer<CChar>?
      let status = unsafe reszoo_model_get_label(model, index, &text, nil)
      #expect(status == 0)
      defer { unsafe reszoo_free(text) }
      return unsafe text.map { unsafe String(cString: $0) }
    }
  }

  @Test(arguments: [false, true])
  func `pixels have the answers of the files that they come from`(isExact: Bool) throws {
    let handle = Handle(isExact: isExact)
    let classifier = try Classifier(Model(contentsOf: Self.model), options: .init(exact: isExact))
    for path in Self.images {
      let best = handle.bestClass(of: try decodeImage(atPath: path))
      let wanted = try classifier.classify(path, top: 1).top[0]
      #expect(best.index == wanted.index && handle.label(best.index) == wanted.label)
      #expect(best.probability == wanted.probability && best.logit == wanted.logit)
    }
  }

  @Test func `texts say what the model says`() throws {
    let handle = Handle()
    let model = try Model(contentsOf: Self.model)
    #expect(
      handle.text(RESZOO_TEXT_METADATA)
        == String(decoding: try model.descriptor.metadataJSON(), as: UTF8.self))
    #expect(
      handle.text(RESZOO_TEXT_ARCHITECTURE)
        == String(decoding: try model.descriptor.architectureJSON(), as: UTF8.self))
    #expect(handle.text(RESZOO_TEXT_LABELS).hasPrefix(#"["airplane","automobile","#))
    #expect(handle.text(RESZOO_TEXT_NODES).hasSuffix(#""fc"]"#))
    #expect(handle.text(RESZOO_TEXT_INSPECTION).contains(handle.text(RESZOO_TEXT_CONTENT_ROOT)))
  }

  @Test func `facts are those of the model`() throws {
    let handle = Handle()
    let model = try Model(contentsOf: Self.model)
    var info = reszoo_model_info()
    info.struct_size = MemoryLayout<reszoo_model_info>.size
    let status = unsafe reszoo_model_get_info(handle.model, &info, nil)
    #expect(status == 0)
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
      let found = unsafe reszoo_model_get_tensor(handle.model, index, &info, nil)
      #expect(found == 0)
      let name = unsafe withUnsafeBytes(of: info.name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      names.append(name)
      let tensor = model.parameter(name)
      let extents = [info.shape.0, info.shape.1, info.shape.2, info.shape.3]
      #expect(Array(extents.prefix(info.rank)) == tensor.shape.dimensions)
      var floats = [Float](repeating: 0, count: info.elements)
      let status = unsafe reszoo_model_copy_tensor(handle.model, name, &floats, floats.count, nil)
      #expect(status == 0)
      let own = tensor.floats
      #expect(floats.indices.allSatisfy { floats[$0].bitPattern == own[$0].bitPattern })
    }
    #expect(names == model.parameters.keys.sorted())
  }
}
