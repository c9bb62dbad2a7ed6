// The names are those of reszoo.h.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

// The functions of reszoo.h that run on images.
public import CResZoo
import ImageInput
import ResZoo

@c @implementation public func reszoo_classify(
  _ model: OpaquePointer!, _ images: UnsafePointer<reszoo_images>!, _ cancellation: OpaquePointer!,
  _ answers: UnsafeMutablePointer<reszoo_answers>!, _ outcomes: UnsafeMutablePointer<reszoo_outcomes>!,
  _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    let classifier = unsafe try opened(model).requireClassifier()
    let list = unsafe try ImageList(images)
    let cancellation = unsafe try wish(cancellation)
    let arrays = unsafe try AnswerArrays(answers, count: list.count)
    let outcomes = unsafe try OutcomeArrays(outcomes)
    arrays.begin(list.count)
    outcomes.begin(list.count)
    try cancellation?.check()
    let top = min(arrays.top, classifier.descriptor.architecture.classes)
    try classifier.classify(list.images, top: top) { image, outcome, info in
      switch outcome {
      case .success(let classification):
        arrays.set(image, classification)
        outcomes.set(image, nil, nil, info)
      case .failure(let error): outcomes.set(image, list.fault(at: image), error, nil)
      }
      try cancellation?.check()
    }
  }
}

@c @implementation public func reszoo_preprocess(
  _ model: OpaquePointer!, _ images: UnsafePointer<reszoo_images>!, _ cancellation: OpaquePointer!,
  _ output: UnsafeMutablePointer<Float>!, _ output_size: Int,
  _ outcomes: UnsafeMutablePointer<reszoo_outcomes>!,
  _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    let model = unsafe try opened(model)
    var record = model.descriptor.preprocessing
    if model.options.ignoresExif { record.exif = .ignore }
    let work = ImagePreparation(record, threads: model.options.threads)
    unsafe try fill(
      output, output_size, perImage: record.inputSize.reduce(1, *), images, cancellation, outcomes
    ) { list, rows, emit in
      unsafe try work.run(list, into: rows) { try emit($0, $1.map(Optional.some)) }
    }
  }
}

@c @implementation public func reszoo_features(
  _ model: OpaquePointer!, _ node: UnsafePointer<reszoo_node>!, _ images: UnsafePointer<reszoo_images>!,
  _ cancellation: OpaquePointer!, _ output: UnsafeMutablePointer<Float>!, _ output_size: Int,
  _ outcomes: UnsafeMutablePointer<reszoo_outcomes>!,
  _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> reszoo_status {
  unsafe call(message) {
    let model = unsafe try opened(model)
    let use = unsafe try OpenedModel.NodeUse(node)
    let elementCount = try model.shape(use).reduce(1, *)
    unsafe try fill(output, output_size, perImage: elementCount, images, cancellation, outcomes) {
      list, rows, emit in
      unsafe try model.output(use).run(list, into: rows, emit: emit)
    }
  }
}

/// Receives the number of each image and its result, or the reason why it has none.
private typealias Emission = (Int, Result<ImageInfo?, ImageError>) throws -> Void

/// Fills the caller's memory with a row of floats for each image; NaN where an image has none.
private func fill(
  _ output: UnsafeMutablePointer<Float>?, _ size: Int, perImage: Int, _ images: UnsafePointer<reszoo_images>?,
  _ cancellation: OpaquePointer?, _ outcomes: UnsafeMutablePointer<reszoo_outcomes>?,
  _ run: (PipelineImages, FloatRows, Emission) throws -> Void
) throws {
  let list = unsafe try ImageList(images)
  let cancellation = unsafe try wish(cancellation)
  let outcomes = unsafe try OutcomeArrays(outcomes)
  let rows = unsafe try rows(output, size, count: list.count, perImage: perImage)
  outcomes.begin(list.count)
  for image in 0..<list.count { unsafe rows?.clear(image) }
  guard let rows = unsafe rows else { return }
  try cancellation?.check()
  unsafe try run(list.images, rows) { image, outcome in
    switch outcome {
    case .success(let info): outcomes.set(image, nil, nil, info)
    case .failure(let error): outcomes.set(image, list.fault(at: image), error, nil)
    }
    try cancellation?.check()
  }
}

/// The caller's memory for rows of floats; nil where there are no rows.
func rows(
  _ output: UnsafeMutablePointer<Float>?, _ size: Int, count images: Int, perImage: Int
) throws(CallError) -> FloatRows? {
  let size = try count(size, of: 4, named: "output_size")
  let needed = try product(images, perImage, named: "an output")
  guard size >= needed else {
    throw CallError(.tooSmall, "output has room for \(size) floats, and \(needed) are needed")
  }
  guard needed > 0 else { return nil }
  return unsafe FloatRows(data: try required(output, named: "output"), rowCount: perImage)
}

/// The cancellation of a handle; nil for NULL.
func wish(_ handle: OpaquePointer?) throws(CallError) -> Cancellation? {
  guard unsafe handle != nil else { return nil }
  return unsafe try Handles.object(Cancellation.self, of: handle, named: "cancellation")
}
