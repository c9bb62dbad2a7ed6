// The names are those of reszoo.h.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

// The functions of reszoo.h about models.
public import CResZoo
import CheckpointFormat
import ModelDescriptor
import ResZoo
import TensorCore

@c @implementation public func reszoo_model_open(
  _ path: UnsafePointer<CChar>!, _ options: UnsafePointer<reszoo_options>!,
  _ model: UnsafeMutablePointer<OpaquePointer?>!,
  _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    let place = unsafe try required(model, named: "model")
    unsafe place.pointee = nil
    guard let name = unsafe try text(path, named: "path") else { throw CallError.null("path") }
    let settings = unsafe try OpeningOptions(options)
    let file = try ModelFiles.path(of: name)
    let reader = try CheckpointReader(path: file)
    unsafe place.pointee = unsafe Handles.add(try OpenedModel(reader, name: file, settings))
  }
}

@c @implementation public func reszoo_model_open_bytes(
  _ bytes: UnsafeRawPointer!, _ size: Int, _ options: UnsafePointer<reszoo_options>!,
  _ model: UnsafeMutablePointer<OpaquePointer?>!,
  _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    let place = unsafe try required(model, named: "model")
    unsafe place.pointee = nil
    guard let bytes = unsafe bytes else { throw CallError.null("bytes") }
    let size = try count(size, named: "size")
    let settings = unsafe try OpeningOptions(options)
    let name = "model in memory"
    let span = unsafe RawSpan(_unsafeStart: bytes, byteCount: size)
    let reader = try CheckpointReader(copying: span, name: name)
    unsafe place.pointee = unsafe Handles.add(try OpenedModel(reader, name: name, settings))
  }
}

@c @implementation public func reszoo_model_close(
  _ model: OpaquePointer!, _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) { unsafe try Handles.remove(OpenedModel.self, model, named: "model") }
}

@c @implementation public func reszoo_model_get_info(
  _ model: OpaquePointer!, _ info: UnsafeMutablePointer<reszoo_model_info>!,
  _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    let model = unsafe try opened(model)
    guard var facts = unsafe try structure(info, named: "info") else { throw CallError.null("info") }
    let network = model.descriptor.architecture
    let size = model.descriptor.preprocessing.inputSize
    (facts.channels, facts.height, facts.width) = (size[0], size[1], size[2])
    facts.classes = model.classifier == nil ? 0 : network.classes
    facts.parameters = model.graph.parameterCount
    facts.tensors = model.stack.tensors.count
    facts.threads = model.options.threads
    facts.exclusive_classes = network.answer == .one ? 1 : 0
    facts.has_labels = model.descriptor.labels == nil ? 0 : 1
    facts.untrained = model.descriptor.hasRandomAnswers ? 1 : 0
    facts.reserved = 0
    unsafe info.pointee = facts
  }
}

@c @implementation public func reszoo_model_get_text(
  _ model: OpaquePointer!, _ which: Int32, _ text: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!,
  _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    let model = unsafe try opened(model)
    let place = unsafe try required(text, named: "text")
    unsafe place.pointee = nil
    let index = model.stack.index
    let text: String
    switch Int(which) {
    case RESZOO_TEXT_INSPECTION:
      let packaging = Packaging(model.stack, index: index, descriptor: model.descriptor)
      text = try JSON.text(
        ofRecord: InspectionRecord(
          file: model.name, index: index, descriptor: model.descriptor, packaging: packaging, tensors: true),
        pretty: true)
    case RESZOO_TEXT_ARCHITECTURE: text = String(decoding: index.architectureJSON, as: UTF8.self)
    case RESZOO_TEXT_METADATA: text = String(decoding: try model.descriptor.metadataJSON(), as: UTF8.self)
    case RESZOO_TEXT_LABELS: text = try JSON.text(ofRecord: model.descriptor.labels)
    case RESZOO_TEXT_CONTENT_ROOT: text = index.contentRootHex
    case RESZOO_TEXT_NODES: text = try JSON.text(ofRecord: model.graph.nodes.map(\.name))
    default: throw CallError.invalid("there is no text \(which)")
    }
    unsafe place.pointee = unsafe copied(text)
  }
}

@c @implementation public func reszoo_model_get_label(
  _ model: OpaquePointer!, _ index: Int, _ label: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!,
  _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    let model = unsafe try opened(model)
    let place = unsafe try required(label, named: "label")
    unsafe place.pointee = nil
    let classes = try model.requireClassifier().descriptor.architecture.classes
    guard (0..<classes).contains(index) else {
      throw CallError(.notFound, "there is no class \(UInt(bitPattern: index)) of \(classes)")
    }
    if let labels = model.descriptor.labels { unsafe place.pointee = unsafe copied(labels[index]) }
  }
}

@c @implementation public func reszoo_model_trim(
  _ model: OpaquePointer!, _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) { unsafe try opened(model).trim() }
}

/// The model of a handle.
func opened(_ handle: OpaquePointer?) throws(CallError) -> OpenedModel {
  unsafe try Handles.object(OpenedModel.self, of: handle, named: "model")
}
