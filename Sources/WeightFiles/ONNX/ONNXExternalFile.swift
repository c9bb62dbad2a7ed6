import Files
import Messages
import Platform

/// A file beside an ONNX file that holds elements of its constants.
final class ONNXExternalFile: Sendable {
  let file: InputFile

  /// Opens the file at a place that an ONNX file names.
  ///
  /// - Parameter model: the path of the ONNX file; the other one must lie in its folder, links followed.
  /// - Throws: ``WeightFileError`` with `unsafePath`, or the reason why it cannot be opened.
  init(location: String, model: String) throws(WeightFileError) {
    let parts = location.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let isPlain =
      !location.isEmpty && parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual("..".utf8) }
      && location.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != "\\" }
    guard isPlain else {
      throw WeightFileError(
        .unsafePath, file: model,
        "its weights are said to lie in '\(location.printable)', which is no place in the file's own folder")
    }
    let folder = model.folderPart.isEmpty ? "./" : model.folderPart
    file = try InputFile.open(folder + location)
    let homes = [Self.real(folder), Self.real(model).map(Self.folder(of:))].compactMap(\.self)
    guard let place = Self.real(folder + location),
      homes.contains(where: { place.utf8.starts(with: ($0 + "/").utf8) })
    else {
      throw WeightFileError(
        .unsafePath, file: model,
        "its weights are said to lie in '\(location)', a link that leads out of the file's own folder")
    }
  }

  /// The path with all links followed; nil for one that leads nowhere, or is not UTF-8.
  private static func real(_ path: String) -> String? {
    let text = (try? realPath(path)) ?? nil
    return text == "/" ? "" : text
  }

  private static func folder(of path: String) -> String {
    String(path.folderPart.dropLast())
  }
}
