public import Messages

/// Why a file or folder of weights could not be read. Two errors are equal when their codes are equal.
public struct WeightFileError: CodedError, ExplainedError {
  /// The kind of a fault.
  public enum Code: String, Hashable, Sendable {
    /// A file or folder that must be there is not.
    case notFound
    /// A path leads to something else than a file, or than a folder where there must be one.
    case wrongKind
    /// The operating system refuses to give the bytes.
    case unreadable
    /// The file has no bytes.
    case empty
    /// The file is of a format that is not read here, or a manifest's `format` is another one.
    case unknownFormat
    /// A later version of the format.
    case unsupportedVersion
    /// The file ends before its announced end.
    case truncated
    /// The SHA-256 is not the one that the file's name announces.
    case digestMismatch
    /// A folder holds several files of weights, and no name tells which are meant.
    case ambiguousFolder

    // MARK: Tensors

    /// A tensor's shape, type, offset and size contradict each other.
    case invalidTensor
    /// A tensor's type is not one of the format's.
    case unknownElementType
    /// A tensor's type is one that weights cannot have, such as integers.
    case unsuitableElementType
    /// A tensor does not begin at a multiple of its element's size.
    case misaligned
    /// Two tensors have the same name.
    case duplicateTensor
    /// A tensor's bytes lie outside the file.
    case outOfRange
    /// Two tensors share bytes.
    case overlap
    /// Bytes of the file belong to no tensor.
    case unclaimedBytes
    /// A name that leads out of its folder, or has control characters, or is too long.
    case unsafeName

    // MARK: Raw exports and safetensors

    /// The manifest is not JSON, or a field of it is missing, unknown, or of another type or size than it must be.
    case malformedManifest
    /// A header's length is above the limit, or the file ends before the header does.
    case headerLength
    /// A header is not JSON, or a field of it is missing, unknown, or of another type or size than it must be.
    case malformedHeader
    /// An index of shards is not JSON, or a field of it is missing or of another type or size than it must be.
    case malformedIndex
    /// An index of shards names a file that does not lie beside it.
    case unsafePath
    /// An index and its shards do not hold the same tensors.
    case shards

    // MARK: Archives

    /// The records of a zip or TAR archive contradict each other or the file's size.
    case malformedArchive
    /// Two entries of an archive have the same name.
    case duplicateEntry
    /// An entry of an archive that must be there is not.
    case missingEntry
    /// An entry is encrypted.
    case encrypted
    /// An entry is compressed by another method than deflate.
    case unsupportedCompression
    /// Compressed data are not sound, or have another size than the archive says.
    case malformedCompression
    /// An entry would grow to many times the file's size.
    case decompressionBomb
    /// The bytes of an entry do not have the checksum that the archive says.
    case checksumMismatch

    // MARK: PyTorch files

    /// A TorchScript archive: it holds a program.
    case scripted
    /// A pickle is not sound, or does not have the form that PyTorch gives it.
    case malformedPickle
    /// A pickle is sound, and has what no program writes that saves weights: other programs may read other weights from it.
    case deceptivePickle
    /// A pickle has an instruction that no file of weights needs.
    case unsupportedOpcode
    /// A pickle asks for a function that is not on the list of those that are understood.
    case forbiddenGlobal
    /// A pickle is too large, too deep, or takes too much memory.
    case pickleLimit
    /// The file holds a whole pickled module, not its weights.
    case pickledModule
    /// A quantised, sparse or otherwise special tensor, or elements of a type that is not understood.
    case unsupportedTensor
    /// The tensors have many times more elements than are stored.
    case tensorExpansion
    /// A storage that a tensor needs is not in the file.
    case missingStorage
    /// A storage has another size than the pickle says, or is described twice and differently.
    case storageMismatch
    /// The file holds no table of tensors by name, or several that could be meant.
    case noStateDict
    /// There is no table of tensors under the key that was asked for.
    case stateDictKey

    // MARK: ONNX files

    /// A graph's bytes are not sound, or its nodes contradict each other.
    case malformedGraph
    /// A graph has something that no residual network needs, such as a loop.
    case unsupportedGraph
    /// A graph is far larger than a residual network's.
    case graphLimit
  }

  /// The kind of fault.
  public let code: Code
  /// The fault in words, with the values and a way out.
  public let remark: Remark
  /// The file or folder at fault.
  public let file: String

  /// An error about a file or folder.
  package init(_ code: Code, file: String, _ remark: Remark) {
    self.code = code
    self.remark = remark
    self.file = file
  }

  /// The text of ``remark``.
  public var message: String { remark.description }

  public var explanation: Remark { "\(file): \(remark)" }

  public var subject: String? { file }
}
