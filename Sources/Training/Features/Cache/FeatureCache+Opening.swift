import Files

extension FeatureCache {
  /// The files of a key, and the number of slots that may be added to them.
  struct Opened {
    var files: FeatureFiles
    var room: Int
    /// The reason why that is not enough; nil if it is.
    var notice: String?
  }

  /// Opens the files of a key and makes room for the wanted entries that they do not have.
  ///
  /// Where room is short, files with mostly other entries, such as those of changed images, are replaced unless another process uses
  /// them.
  static func open(
    _ digest: [UInt8], codec: FeatureCodec, wanted: Set<FeatureIdentity>, options: FeatureCacheOptions,
    available: @escaping (String) -> Int?
  ) throws(FileError) -> Opened {
    guard let path = options.folderPath else {
      throw FileError(.badPath, path: "~/.cache", "cannot be found: HOME is not set")
    }
    try makeFolders(path)
    let lock = try FileLock(path: path + FeatureFolder.lockName)
    defer { withExtendedLifetime(lock) {} }
    let folder = FeatureFolder(path: path, isMade: options.folder == nil)
    folder.removeStale()
    let space = FeatureSpace(
      folder: folder, name: FeatureFiles.name(digest), limit: options.limit, available: available)
    var first: FeatureFiles? = try FeatureFiles(folder: path, digest: digest, codec: codec)
    if let files = first {
      let opened = fill(files, codec: codec, wanted: wanted, space: space)
      let kept = wanted.count { files.contains($0) }
      if opened.notice == nil || kept > files.slotCount / 2 { return opened }
    }
    first = nil
    _ = folder.remove(space.name)
    let files = try FeatureFiles(folder: path, digest: digest, codec: codec)
    return fill(files, codec: codec, wanted: wanted, space: space)
  }

  private static func fill(
    _ files: FeatureFiles, codec: FeatureCodec, wanted: Set<FeatureIdentity>, space: FeatureSpace
  ) -> Opened {
    let missing = wanted.count { !files.contains($0) }
    let room = space.room(for: missing, taken: files.slotCount, stride: codec.stride)
    let notice = room.reason.map { reason in
      "\(wanted.count - missing + room.slots) of \(wanted.count) inputs have room in the feature cache, and the others are "
        + "computed each time: \(reason)"
    }
    return Opened(files: files, room: room.slots, notice: notice)
  }
}
