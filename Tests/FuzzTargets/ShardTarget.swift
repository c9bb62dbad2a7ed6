import Datasets
import TestSupport

extension FuzzTarget {
  /// Shards of WebDataset, as they are and with right checksums of their headers.
  static let shards = FuzzTarget("shards", files: { [$0, TarFile.repaired($0)] }) { file in
    let folder = TemporaryFolder()
    let set = try ImageSet(shards: folder.write(file, to: "x.tar"))
    for case .member(_, _, let offset, let byteCount) in set.sources {
      precondition(
        byteCount >= 0 && offset <= UInt64(file.count) && UInt64(byteCount) <= UInt64(file.count) - offset,
        "an image beyond the archive")
    }
    // Each image has a header, and each class is in the archive or is the same as another's.
    precondition(set.count <= file.count / 512, "\(set.count) images in \(file.count) bytes")
  }
}
