import Files
import Messages
import ModelDescriptor

/// The container part of a raw float export's manifest: the format, and the tensors. The other fields describe the network, and are
/// not looked at here.
package struct RawManifest {
  package static let format = "reszoo-raw-export"
  package static let version = 1
  /// Most bytes of a manifest; one of a thousand layers has less than a hundredth of it.
  static let sizeLimit = 64 << 20
  /// All fields that a manifest may have.
  package static let fieldNames = [
    "format", "version", "architecture", "classes", "preprocessing", "labels", "source", "tensors",
  ]

  var tensors: [RawTensor]
}

/// One tensor's name, and the place of its elements in `weights.bin`.
package struct RawTensor: Decodable {
  package var name: String
  package var dimensions: [Int]
  package var type: String
  /// Bytes from the file's beginning.
  package var offset: Int
  package var byteCount: Int

  package init(name: String, dimensions: [Int], type: String, offset: Int, byteCount: Int) {
    self.name = name
    self.dimensions = dimensions
    self.type = type
    self.offset = offset
    self.byteCount = byteCount
  }
}

extension RawTensor {
  package init(from decoder: any Decoder) throws {
    let fields = try FieldReader(decoder, known: ["name", "shape", "dtype", "offset", "bytes"])
    name = try fields.required("name")
    dimensions = try fields.required("shape")
    type = try fields.required("dtype")
    offset = try fields.required("offset")
    byteCount = try fields.required("bytes")
  }
}

extension RawManifest: Decodable {
  /// The fields that tell the format. They are decoded before all else, so that a later version is called by its name.
  private struct Heading: Decodable {
    var format: String
    var version: Int
  }

  package init(from decoder: any Decoder) throws {
    tensors = try FieldReader(decoder, known: Self.fieldNames).required("tensors")
  }

  /// Reads a manifest without comparing its fields with each other.
  ///
  /// - Returns: the JSON as it stands in the file, and the manifest.
  static func read(_ file: InputFile) throws(WeightFileError) -> (json: [UInt8], manifest: RawManifest) {
    let path = file.path
    guard file.size <= sizeLimit else {
      throw WeightFileError(
        .malformedManifest, file: path, "the manifest has \(file.size) bytes; at most \(sizeLimit) are read")
    }
    let json = try file.array(in: 0..<file.size)
    do {
      let heading = try JSON.decode(Heading.self, from: json)
      guard heading.format == format else {
        throw WeightFileError(
          .unknownFormat, file: path, "the format is '\(heading.format)'; it must be '\(format)'")
      }
      guard heading.version == version else {
        throw WeightFileError(
          .unsupportedVersion, file: path,
          "version \(heading.version) of the format; this program reads version \(version)")
      }
      return (json, try JSON.decode(RawManifest.self, from: json))
    } catch let error as WeightFileError {
      throw error
    } catch {
      throw WeightFileError(.malformedManifest, file: path, "\(error)")
    }
  }

  /// True if a file is the manifest of a raw export of any version.
  package static func isManifest(_ path: String) -> Bool {
    guard let file = try? InputFile(path: path), let bytes = try? file.readAll(limit: sizeLimit),
      let heading = try? JSON.decode(Heading.self, from: bytes)
    else { return false }
    return heading.format == format
  }
}
