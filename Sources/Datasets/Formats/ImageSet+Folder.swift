import Files
import ImageInput
import Messages

extension ImageSet {
  /// Lists a folder with a folder of image files for each class; the classes are the folders' names, sorted by
  /// their bytes, or by their values if all are whole numbers, and the images are sorted by class and path.
  ///
  /// - Throws: ``DatasetError`` with ``DatasetError/Code/data`` when a class to learn from has no images, or no class has
  ///   any; with ``DatasetError/Code/file`` when a folder cannot be listed.
  public init(folder path: String, for purpose: Purpose = .training) throws(DatasetError) {
    let folders: ClassFolders
    do {
      folders = try ClassFolders(in: path)
    } catch .unreadable(let unreadable, let reason) {
      throw DatasetError(
        .file,
        unreadable != path
          ? "\(unreadable): \(reason)"
          : isAddress(path)
            ? "\(path): \(missingFileText(path))"
            : """
            \(path): \(isThere(path) && !isFolder(path) ? "is a file, and none that lists images" : "no such folder, or it cannot be listed"); a data set is a folder with one folder for each class, a manifest \
            (.csv, .tsv, .jsonl, .ndjson), shards (.tar), or CIFAR's files (.bin)
            """)
    } catch .partsWithin(let folder) {
      throw DatasetError(
        .data,
        """
        \(folder): is divided into parts, 'train' and another, which would be one class together; name \(folder) as the data \
        set if its parts hold the classes; else put the classes into the parts, as in \(path)/train/CLASS, or list the images in a \
        manifest (.csv)
        """)
    } catch {
      var images = ImageFiles()
      if purpose == .evaluation { images.add(path) }
      let advice: Remark =
        images.paths.isEmpty ? "" : "; for images whose classes are not known there is \(Remedy.classifying)"
      throw DatasetError(
        .data,
        """
        \(path): there are no folders in it for classes; a data set has one for each class, whose name does not begin with '_', \
        or is a manifest (.csv, .jsonl)\(advice)
        """)
    }
    let images = folders.paths.reduce(0) { $0 + $1.count }
    try Self.checkLeftOut(folders.leftOut, images: images, of: path)
    guard images > 0 else { throw DatasetError(.data, "\(path): there are no images in its folders") }
    let empty = zip(folders.names, folders.paths).filter { $1.isEmpty }.map(\.0)
    guard purpose == .evaluation || empty.isEmpty else {
      throw DatasetError(
        .data,
        """
        \(path): the class folder '\(empty[0])' holds no images\
        \(empty.count > 1 ? ", like \(empty.count - 1) more" : ""); fill or remove it
        """)
    }
    self.init(
      sources: folders.paths.flatMap { $0.map { .file(path: $0) } }, labels: folders.names,
      labelOfSource: folders.paths.enumerated().flatMap { Array(repeating: $0, count: $1.count) },
      leftOut: folders.leftOut, path: path,
      remarks: folders.underscored.isEmpty
        ? [] : ["\(path): left out: \(folders.underscored.quoted); a class's name does not begin with '_'"])
  }

  /// A set of which more images are left out than read is hardly what was meant.
  private static func checkLeftOut(
    _ leftOut: LeftOutFiles, images: Int, of path: String
  ) throws(DatasetError) {
    guard leftOut.imageCount > images else { return }
    let remedies =
      leftOut.installations.map { "install the library (\($0))" } + ["convert them or take them out"]
    throw DatasetError(
      .data,
      """
      \(path): of its images \(images) can be read and more cannot: \(leftOut.summary(imagesOnly: true)); \
      \(remedies.joined(separator: ", or "))
      """)
  }
}
