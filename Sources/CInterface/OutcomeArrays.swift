import CResZoo
import ResZoo

/// The caller's arrays of what became of each image.
@safe struct OutcomeArrays {
  private let statuses: UnsafeMutablePointer<Int32>?
  private let messages: MessagePlace?

  /// Checks the arrays.
  init(_ pointer: UnsafePointer<reszoo_outcomes>?) throws(CallError) {
    let arrays = unsafe try structure(pointer, named: "outcomes")
    unsafe statuses = unsafe arrays?.statuses
    unsafe messages = unsafe arrays?.messages
    if let statuses = unsafe statuses { _ = unsafe try required(statuses, named: "outcomes->statuses") }
    if let messages = unsafe messages { _ = unsafe try required(messages, named: "outcomes->messages") }
  }

  /// Says of all images that they have not run.
  func begin(_ count: Int) {
    unsafe statuses?.update(repeating: Int32(RESZOO_IMAGE_NOT_RUN), count: count)
    unsafe messages?.update(repeating: nil, count: count)
  }

  /// Notes what became of an image.
  func set(_ index: Int, _ fault: ImageList.Fault?, _ error: ImageError?, _ info: ImageInfo?) {
    let status = fault?.status ?? error.map { Int32(Self.status($0.code)) } ?? Int32(RESZOO_IMAGE_OK)
    unsafe statuses?[index] = status
    if let text = fault?.message ?? error?.message ?? info?.warning {
      unsafe messages?[index] = unsafe copied(text)
    }
  }

  private static func status(_ code: ImageError.Code) -> Int {
    switch code {
    case .notFound: RESZOO_IMAGE_NOT_FOUND
    case .noPermission: RESZOO_IMAGE_NO_PERMISSION
    case .notAFile: RESZOO_IMAGE_NOT_A_FILE
    case .unreadable: RESZOO_IMAGE_UNREADABLE
    case .empty: RESZOO_IMAGE_EMPTY
    case .notAnImage: RESZOO_IMAGE_NOT_AN_IMAGE
    case .otherFormat: RESZOO_IMAGE_OTHER_FORMAT
    case .unsupportedKind: RESZOO_IMAGE_UNSUPPORTED_KIND
    case .missingLibrary: RESZOO_IMAGE_MISSING_LIBRARY
    case .truncated: RESZOO_IMAGE_TRUNCATED
    case .corrupt: RESZOO_IMAGE_CORRUPT
    case .dimensions: RESZOO_IMAGE_DIMENSIONS
    case .fileTooLarge: RESZOO_IMAGE_TOO_LARGE
    case .outOfMemory: RESZOO_IMAGE_NO_MEMORY
    case .notFinite: RESZOO_IMAGE_NOT_FINITE
    default: RESZOO_IMAGE_FAILED
    }
  }
}

/// The caller's memory for the classes of images.
@safe struct AnswerArrays {
  let top: Int
  private let indices: UnsafeMutablePointer<Int32>?
  private let probabilities: UnsafeMutablePointer<Double>?
  private let logits: UnsafeMutablePointer<Float>?

  /// Checks the memory for `count` images.
  init(_ pointer: UnsafePointer<reszoo_answers>?, count: Int) throws(CallError) {
    guard let arrays = unsafe try structure(pointer, named: "answers") else { throw .null("answers") }
    top = unsafe try CInterface.count(arrays.top, named: "answers->top")
    guard top > 0 else { throw .invalid("answers->top is 0; it must be at least 1") }
    _ = try product(count, top, named: "the memory for answers")
    unsafe indices = unsafe arrays.indices
    unsafe probabilities = unsafe arrays.probabilities
    unsafe logits = unsafe arrays.logits
    if let indices = unsafe indices { _ = unsafe try required(indices, named: "answers->indices") }
    if let logits = unsafe logits { _ = unsafe try required(logits, named: "answers->logits") }
    if let places = unsafe probabilities {
      _ = unsafe try required(places, named: "answers->probabilities")
    }
  }

  /// Says of all images that they have no classes.
  func begin(_ count: Int) {
    unsafe indices?.update(repeating: -1, count: count * top)
    unsafe probabilities?.update(repeating: .nan, count: count * top)
    unsafe logits?.update(repeating: .nan, count: count * top)
  }

  /// Notes the classes of an image.
  func set(_ image: Int, _ classification: Classification) {
    for (place, prediction) in classification.top.prefix(top).enumerated() {
      let index = image * top + place
      unsafe indices?[index] = Int32(prediction.index)
      unsafe probabilities?[index] = prediction.probability
      unsafe logits?[index] = prediction.logit
    }
  }
}
