import Files
import Messages

/// A PyTorch file whose pickle was interpreted, and whose storages were found but not read.
package struct TorchArchive {
  /// The container that holds the pickle and the storages.
  package enum Container: String, Sendable {
    case zip = "a zip archive, as PyTorch 1.6 and later write it"
    case stream = "a stream of pickles, as PyTorch 0.1.10 to 1.5 wrote it"
    case tar = "a TAR archive, as PyTorch wrote it before 0.1.10"
    case pickle = "a Python pickle of NumPy arrays"
  }

  var container: Container
  var heap: PickleHeap
  /// The object that was saved.
  var root: PickleValue
  var storages: [String: StoredBytes]
  /// The reasons why storages cannot be read, which matter where a tensor is in them.
  var storageFaults: [String: WeightFileError] = [:]
  /// True if the archive is a program of TorchScript, whose attributes are the weights.
  var isScript = false
  /// The program of such an archive, as far as it tells of layers.
  var program = ScriptProgram()
  /// Everything that has a checksum and was not read yet, beside storages.
  var others: [StoredBytes] = []
  var isBigEndian = false
  /// True if NumPy's arrays are among the values.
  var hasArrays = false
  var notes: [Remark] = []

  /// Most storages of one file.
  static let storageLimit = 1 << 17

  /// Opens a file of the given container.
  ///
  /// - Throws: ``WeightFileError`` with any code of files of weights.
  init(_ file: InputFile, container: Container) throws(WeightFileError) {
    switch container {
    case .zip: self = try Self.openZip(file)
    case .stream: self = try Self.openStream(file)
    case .tar: self = try Self.openTar(file)
    case .pickle: self = try Self.openPickle(file)
    }
    if container != .zip { notes.insert("source: \(container.rawValue)", at: 0) }
  }

  init(container: Container, heap: PickleHeap, root: PickleValue, storages: [String: StoredBytes]) {
    self.container = container
    self.heap = heap
    self.root = root
    self.storages = storages
  }
}
