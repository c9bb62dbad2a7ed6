import CResZoo
import CheckpointFormat
import ResZoo
import Threads

/// The options of reszoo.h, checked.
struct OpeningOptions {
  var run = Classifier.Options()
  var contentRoot: String?
  var publicKey: VerifyingKey?
  var bases: [String] = []

  init(_ pointer: UnsafePointer<reszoo_options>?) throws {
    // Once for all calls: the system's answer costs more than a small call.
    run.threads = WorkerPool.defaultThreadCount
    guard let options = unsafe try structure(pointer, named: "options") else { return }
    guard unsafe (0...256).contains(options.threads) else {
      throw CallError.invalid("options->threads must be from 0 to 256")
    }
    guard unsafe (0...1024).contains(options.batch) else {
      throw CallError.invalid("options->batch must be from 0 to 1024")
    }
    if unsafe options.threads > 0 { run.threads = unsafe options.threads }
    if unsafe options.batch > 0 { run.batch = unsafe options.batch }
    switch unsafe options.precision {
    case 0: break
    case 1: run.exact = true
    case 2: run.precision = .bfloat16
    case 3: run.precision = .automatic
    default:
      throw unsafe CallError.invalid("options->precision is \(options.precision); it must be from 0 to 3")
    }
    run.goal = unsafe try flag(options.goal, named: "options->goal") ? .latency : .throughput
    run.ignoresExif = unsafe try flag(options.ignore_exif, named: "options->ignore_exif")
    run.sharesWeights = unsafe try flag(options.share_weights, named: "options->share_weights")
    if let root = unsafe try text(options.content_root, named: "options->content_root") {
      guard root.utf8.count == 64, root.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
        throw CallError.invalid("options->content_root must be 64 hexadecimal digits")
      }
      contentRoot = root.lowercased()
    }
    if let key = unsafe try text(options.public_key, named: "options->public_key") {
      publicKey = try VerifyingKey(text: Array(key.utf8))
    }
    let count = unsafe try count(options.base_count, of: 8, named: "options->base_count")
    guard count > 0 else { return }
    guard let list = unsafe options.bases else { throw CallError.null("options->bases") }
    for index in 0..<count {
      guard let base = unsafe try text(list[index], named: "a path in options->bases") else {
        throw CallError.null("a path in options->bases")
      }
      bases.append(base)
    }
  }
}
