import Files
import Messages
import ModelDescriptor
import TensorCore

/// The manifest of a raw float export (`tools/export_pytorch.py` writes it), as it stands in the file.
struct RawManifest {
  static let format = "reszoo-raw-export"
  static let version = 1
  /// Bytes that a manifest may have; one of a thousand layers has less than a hundredth of it.
  static let sizeLimit = 64 << 20

  var architecture: Named<Architecture>
  var classes: Int?
  var preprocessing: Named<Preprocessing>?
  var labels: [String]?
  var source: RawSource
  var tensors: [RawTensor]
}

/// A preset's name, or the record itself.
enum Named<Record: Decodable>: Decodable {
  case name(String)
  case record(Record)

  init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      self = .name(name)
    } else {
      self = .record(try Record(from: decoder))
    }
  }
}

/// Where the weights come from.
struct RawSource: Decodable {
  var name: String
  var sha256: String?
  var license: String?
  /// The seed, if the weights are random.
  var seed: UInt64?
}

extension RawSource {
  init(from decoder: any Decoder) throws {
    let fields = try FieldReader(decoder, known: ["name", "sha256", "license", "seed"])
    name = try fields.required("name")
    sha256 = try fields.optional("sha256")
    license = try fields.optional("license")
    seed = try fields.optional("seed")
  }
}

/// One tensor's name, and where its elements lie in `weights.bin`.
struct RawTensor: Decodable {
  var name: String
  var dimensions: [Int]
  var type: String
  /// Bytes from the file's beginning.
  var offset: Int
  var byteCount: Int
}

extension RawTensor {
  init(from decoder: any Decoder) throws {
    let fields = try FieldReader(decoder, known: ["name", "shape", "dtype", "offset", "bytes"])
    name = try fields.required("name")
    dimensions = try fields.required("shape")
    type = try fields.required("dtype")
    offset = try fields.required("offset")
    byteCount = try fields.required("bytes")
  }
}

extension RawManifest: Decodable {
  /// Decodes what tells the format before all else, so that a later version is called by its name.
  struct Heading: Decodable {
    var format: String
    var version: Int
  }

  init(from decoder: any Decoder) throws {
    let fields = try FieldReader(
      decoder,
      known: [
        "format", "version", "architecture", "classes", "preprocessing", "labels", "source", "tensors",
      ])
    architecture = try fields.required("architecture")
    classes = try fields.optional("classes")
    preprocessing = try fields.optional("preprocessing")
    labels = try fields.optional("labels")
    source = try fields.required("source")
    tensors = try fields.required("tensors")
  }

  /// Reads a manifest, without looking at what its fields say together.
  ///
  /// - Throws: ``ImportError``.
  init(_ file: InputFile) throws(ImportError) {
    let path = file.path
    guard file.size <= Self.sizeLimit else {
      throw ImportError(
        .malformedManifest, file: path, "\(file.size) bytes; a manifest has at most \(Self.sizeLimit)")
    }
    let json = try file.array(in: 0..<file.size)
    do {
      let heading = try JSON.decode(Heading.self, from: json)
      guard heading.format == Self.format else {
        throw ImportError(
          .unknownFormat, file: path, "the format is '\(heading.format)', must be '\(Self.format)'")
      }
      guard heading.version == Self.version else {
        throw ImportError(
          .unsupportedVersion, file: path,
          "version \(heading.version); this program reads version \(Self.version)")
      }
      self = try JSON.decode(RawManifest.self, from: json)
    } catch let error as ImportError {
      throw error
    } catch {
      throw ImportError(.malformedManifest, file: path, "\(error)")
    }
  }
}
