import WeightFiles

/// Archives and streams that lie about themselves.
enum HostileContainers {
  static let all: [HostileFile] = zips + streams + tars + others

  private static let pickle = Pickle.file(Pickle.dict([("w", Pickle.tensor())]))

  private static func zip(_ change: (inout Zip) -> Void) -> [UInt8] {
    var zip = Zip(pickle: pickle)
    change(&zip)
    return zip.bytes
  }

  private static func bigEndian(_ tensor: [UInt8]) -> [UInt8] {
    zip {
      $0.entries[0].data = Pickle.file(Pickle.dict([("w", tensor)]))
      $0.entries[1].data = Array("big".utf8)
    }
  }

  static let zips: [HostileFile] = [
    HostileFile("two entries of one name", .duplicateEntry, zip { $0.entries.append($0.entries[2]) }),
    HostileFile("two pickles", .malformedArchive, zip { $0.entries.append(Zip.Entry("b/data.pkl", pickle)) }),
    HostileFile(
      "the first entry in another folder", .malformedArchive,
      zip { $0.entries.insert(Zip.Entry("b/x", []), at: 0) }),
    HostileFile(
      "a pickle in capitals, and another one below", .duplicateEntry,
      zip {
        $0.entries[0].name = Array("a/DATA.PKL".utf8)
        $0.entries.append(Zip.Entry("a/sub/data.pkl", pickle))
      }),
    HostileFile(
      "a pickle in capitals beside arrays", .duplicateEntry,
      zip {
        $0.entries[0].name = Array("a/DATA.PKL".utf8)
        $0.entries.append(Zip.Entry("a/w.npy", []))
      }),
    HostileFile(
      "a byte order in capitals", .duplicateEntry, zip { $0.entries[1].name = Array("a/ByteOrder".utf8) }),
    HostileFile(
      "two programs whose names differ in case", .duplicateEntry,
      zip { $0.entries += [Zip.Entry("a/code/Net.py", []), Zip.Entry("a/code/net.py", [])] }),
    HostileFile(
      "TorchScript that makes weights when it is loaded", .scripted,
      zip {
        $0.entries.append(Zip.Entry("a/constants.pkl", []))
        $0.entries.append(
          Zip.Entry("a/code/net.py", Array("class Net(Module):\n  def __setstate__(self):\n".utf8)))
      }),
    // PyTorch looks for entries without regard to case.
    HostileFile(
      "another pickle in capitals", .duplicateEntry,
      zip { $0.entries.append(Zip.Entry("a/DATA.PKL", pickle)) }),
    HostileFile(
      "another storage's folder in capitals", .duplicateEntry,
      zip { $0.entries.append(Zip.Entry("A/Data/0", [])) }),
    HostileFile("no pickle", .missingEntry, zip { $0.entries.removeFirst() }),
    HostileFile("no storage", .missingStorage, zip { $0.entries.remove(at: 2) }),
    HostileFile(
      "a storage's entry of another size", .storageMismatch, zip { $0.entries[2].data += [0, 0, 0, 0] }),
    HostileFile("an entry that begins within another", .overlap, zip { $0.entries[1].header = 40 }),
    HostileFile("two entries over the same bytes", .overlap, zip { $0.entries[3].header = 0 }),
    HostileFile("an entry in the directory", .malformedArchive, zip { $0.entries[3].header = 100_000 }),
    HostileFile("a wrong checksum of a storage", .checksumMismatch, zip { $0.entries[2].checksum = 1 }),
    HostileFile("a wrong checksum of the pickle", .checksumMismatch, zip { $0.entries[0].checksum = 1 }),
    HostileFile("a wrong checksum of the version", .checksumMismatch, zip { $0.entries[3].checksum = 1 }),
    HostileFile("an encrypted entry", .encrypted, zip { $0.entries[2].flags = 1 }),
    HostileFile("another compression", .unsupportedCompression, zip { $0.entries[2].method = 14 }),
    HostileFile(
      "deflated data that are none", .malformedCompression,
      zip {
        $0.entries[0].method = 8
        $0.entries[0].data = Array(repeating: 0xFF, count: 64)
      }),
    HostileFile(
      "an entry that grows a million times", .decompressionBomb,
      zip {
        $0.entries[2].method = 8
        $0.entries[2].size = 0x7FFF_FFFF
      }),
    HostileFile("stored in fewer bytes than it has", .malformedArchive, zip { $0.entries[2].size = 32 }),
    HostileFile(
      "more bytes than the file", .malformedArchive,
      zip {
        $0.entries[3].size = 1 << 30
        $0.entries[3].storedSize = 1 << 30
      }),
    HostileFile(
      "a name that leads outside", .unsafeName, zip { $0.entries[3].name = Array("a/../../x".utf8) }),
    HostileFile("a name from the root", .unsafeName, zip { $0.entries[3].name = Array("/etc/passwd".utf8) }),
    HostileFile("a name with NUL", .unsafeName, zip { $0.entries[3].name = Array("a/x\0y".utf8) }),
    HostileFile("a name with a backslash", .unsafeName, zip { $0.entries[3].name = Array("a\\x".utf8) }),
    HostileFile("a name that is not UTF-8", .unsafeName, zip { $0.entries[3].name = [0x61, 0xFF] }),
    HostileFile("an empty name", .unsafeName, zip { $0.entries[3].name = [] }),
    HostileFile(
      "another name in the entry's header", .malformedArchive,
      zip { $0.entries[3].localName = Array("a/wersion".utf8) }),
    HostileFile("bytes after the end", .truncated, zip { $0.tail = [0] }),
    // PyTorch takes the last signature for the end, whatever its comment's length; Python's zipfile does so where none is exact.
    HostileFile(
      "another archive in the comment", .malformedArchive,
      zip { $0.comment = Zip(pickle: pickle).bytes + [0x58, 0x58, 0x58, 0x58] }),
    HostileFile(
      "another end in the comment", .malformedArchive,
      zip { $0.comment = [0x50, 0x4B, 5, 6] + Array(repeating: 0, count: 17) }),
    HostileFile("fewer entries than announced", .malformedArchive, zip { $0.count = 5 }),
    HostileFile("more entries than announced", .malformedArchive, zip { $0.count = 3 }),
    HostileFile("a directory elsewhere", .malformedArchive, zip { $0.directoryOffset = 10 }),
    HostileFile("several volumes", .malformedArchive, zip { $0.disk = 1 }),
    // Python's zipfile reads the record directly before its locator, others the one that the locator names.
    HostileFile(
      "a zip64 record with another one behind it", .malformedArchive,
      zip {
        let other = [0x50, 0x4B, 6, 6, 44] + Array(repeating: UInt8(0), count: 51)
        $0.large = Zip.Large(size: 100, rest: other)
      }),
    HostileFile(
      "a zip64 record before its place", .malformedArchive, zip { $0.large = Zip.Large(shift: 56) }),
    HostileFile(
      "a zip64 record of another size", .malformedArchive, zip { $0.large = Zip.Large(size: 45) }),
    HostileFile(
      "a zip64 record of several volumes", .malformedArchive, zip { $0.large = Zip.Large(volumes: 2) }),
    HostileFile(
      "a zip64 record that contradicts the end", .malformedArchive,
      zip {
        $0.large = Zip.Large(isNeeded: false)
        $0.count = 3
      }),
    HostileFile(
      "a zip64 record of other entries", .malformedArchive,
      zip { $0.large = Zip.Large(count: 3, isNeeded: false) }),
    HostileFile("a zip64 field that is missing", .malformedArchive, zip { $0.entries[3].size = .max }),
    HostileFile(
      "a zip64 field that is cut off", .malformedArchive, zip { $0.entries[3].extra = [1, 0, 8, 0, 1] }),
    HostileFile(
      "floats of a big-endian storage without a type", .deceptivePickle,
      bigEndian(
        Pickle.typedTensor(
          "torch.float32", in: Pickle.storage(type: "torch.storage.UntypedStorage", count: 16)))),
    HostileFile(
      "short floats of a big-endian storage of floats", .deceptivePickle,
      bigEndian(Pickle.typedTensor("torch.bfloat16", size: [8]))),
    HostileFile(
      "bytes of a big-endian storage of floats", .deceptivePickle,
      bigEndian(Pickle.typedTensor("torch.uint8", size: [16]))),
    HostileFile(
      "an archive without a folder", .malformedArchive,
      zip {
        for index in $0.entries.indices { $0.entries[index].name.removeFirst(2) }
      }),
    HostileFile(
      "the constants of a program beside a state dict", .malformedArchive,
      zip { $0.entries.append(Zip.Entry("a/constants.pkl", [])) }),
    HostileFile(
      "a module of a program without constants", .malformedArchive,
      zip {
        $0.entries[0].data = Pickle.file(
          Pickle.calling("__torch__.Net", []) + Pickle.dict([("w", Pickle.tensor())]) + Pickle.build)
      }),
    HostileFile(
      "a byte order of its own", .malformedArchive, zip { $0.entries[1].data = Array("middle".utf8) }),
    HostileFile(
      "TorchScript without parameters", .scripted,
      zip {
        $0.entries[0].data = Pickle.file(Pickle.calling("__torch__.Net", []) + Pickle.dict([]) + Pickle.build)
        $0.entries.append(Zip.Entry("a/constants.pkl", []))
      }),
    HostileFile("a zip archive that is cut off", .truncated, Array(zip { _ in }.dropLast(30))),
  ]

  private static let heading: [UInt8] =
    [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
  private static let version = Pickle.file(Pickle.int(1001))
  private static let system = Pickle.file(Pickle.dict([("little_endian", [0x88])]))
  private static func streamPickle(_ view: [UInt8] = Pickle.none) -> [UInt8] {
    Pickle.file(Pickle.dict([("w", Pickle.tensor(Pickle.storage(view: view)))]))
  }
  private static let keys = Pickle.file(Pickle.list([Pickle.text("0")]))
  private static let floats = Array(repeating: UInt8(0), count: 16)

  static let goodStream = stream(version, system, streamPickle(), keys, Pickle.little(4), floats)
  static let goodTar = tar()

  private static func stream(_ parts: [UInt8]...) -> [UInt8] { heading + parts.flatMap { $0 } }

  static let streams: [HostileFile] = [
    HostileFile("a stream of another version", .unsupportedVersion, stream(Pickle.file(Pickle.int(1002)))),
    HostileFile("a stream without a system", .malformedPickle, stream(version, Pickle.file(Pickle.none))),
    HostileFile(
      "a storage that is not listed", .storageMismatch,
      stream(version, system, streamPickle(), Pickle.file(Pickle.list([])))),
    HostileFile(
      "a listed storage that is not in use", .storageMismatch,
      stream(version, system, Pickle.file(Pickle.dict([])), keys, Pickle.little(4), floats)),
    HostileFile(
      "a storage that is listed twice", .storageMismatch,
      stream(version, system, streamPickle(), Pickle.file(Pickle.list([Pickle.text("0"), Pickle.text("0")])))),
    HostileFile(
      "another count before the storage", .storageMismatch,
      stream(version, system, streamPickle(), keys, Pickle.little(5), floats)),
    HostileFile(
      "a negative count before the storage", .storageMismatch,
      stream(version, system, streamPickle(), keys, Pickle.little(-4), floats)),
    HostileFile(
      "a storage that is cut off", .truncated,
      stream(version, system, streamPickle(), keys, Pickle.little(4), Array(floats.dropLast()))),
    HostileFile(
      "bytes after the last storage", .unclaimedBytes,
      stream(version, system, streamPickle(), keys, Pickle.little(4), floats, [0])),
    HostileFile(
      "a view behind its storage", .outOfRange,
      stream(version, system, streamPickle(Pickle.tuple([Pickle.text("1"), Pickle.int(2), Pickle.int(3)])))),
    HostileFile(
      "a view whose end overflows", .outOfRange,
      stream(
        version, system, streamPickle(Pickle.tuple([Pickle.text("1"), Pickle.int(2), Pickle.int(.max)])))),
    HostileFile(
      "one view of two places", .storageMismatch,
      stream(
        version, system,
        Pickle.file(
          Pickle.dict(
            [0, 2].map { start in
              (
                "w\(start)",
                Pickle.tensor(
                  Pickle.storage(view: Pickle.tuple([Pickle.text("1"), Pickle.int(start), Pickle.int(2)])),
                  size: [2])
              )
            })))),
    HostileFile(
      "a view with the key of its storage", .storageMismatch,
      stream(version, system, streamPickle(Pickle.tuple([Pickle.text("0"), Pickle.int(0), Pickle.int(4)])))),
    HostileFile(
      "a module without a class in a stream", .malformedPickle,
      stream(
        version, system, Pickle.file(Pickle.tuple([Pickle.text("module"), Pickle.none]) + Pickle.persistent))),
    HostileFile("a stream of a heading alone", .truncated, stream()),
    // PyTorch tries the archive first, and Python's tarfile takes several spellings of a checksum, with and without 'ustar'.
    HostileFile("a stream that is a TAR archive", .malformedArchive, streamWithin { "\($0)" }),
    HostileFile("… with a checksum as Python writes it", .malformedArchive, streamWithin { " 0o\($0)" }),
    HostileFile("… with a signed sum", .malformedArchive, streamWithin(signed: true) { "+\($0)" }),
    HostileFile(
      "a pickle that is a TAR archive", .malformedArchive,
      tarChecked(Pickle.protocol2 + Pickle.text("x") + Pickle.stop, signed: false) { "\($0)" }),
  ]

  /// A stream whose first block has the checksum of a TAR header, in the spelling that is given.
  private static func streamWithin(signed: Bool = false, _ spelling: (String) -> String) -> [UInt8] {
    let start = heading + version + Pickle.protocol2 + [0x7D, 0x28] + Pickle.text("x") + [0x58]
    let text = Pickle.little(UInt32(512 - start.count - 4))
    let block = tarChecked(start + text, signed: signed, spelling)
    return block + Pickle.text("little_endian") + [0x88, 0x75] + Pickle.stop + streamPickle() + keys
      + Pickle.little(4) + floats
  }

  private static func tarChecked(_ start: [UInt8], signed: Bool, _ spelling: (String) -> String) -> [UInt8] {
    var block = start + Array(repeating: 0x20, count: 512 - start.count)
    if signed { block[300] = 0xC0 }
    var sum = 0
    for byte in block { sum += signed ? Int(Int8(bitPattern: byte)) : Int(byte) }
    let field = Array(spelling(String(sum, radix: 8)).utf8.prefix(8))
    block.replaceSubrange(148..<156, with: field + Array(repeating: 0, count: 8 - field.count))
    return block
  }

  // MARK: TAR

  private static let tarStorages =
    Pickle.file(Pickle.int(1))
    + Pickle.file(Pickle.tuple([Pickle.int(1), Pickle.text("cpu"), Pickle.global("torch.FloatStorage")]))
    + Pickle.little(4) + floats + Pickle.file(Pickle.list([]))
  private static func storages(keyed key: String) -> [UInt8] {
    Pickle.file(Pickle.int(1))
      + Pickle.file(
        Pickle.tuple([Pickle.text(key), Pickle.text("cpu"), Pickle.global("torch.FloatStorage")]))
      + Pickle.little(4) + floats + Pickle.file(Pickle.list([]))
  }

  private static func tarTensors(
    keys: [[UInt8]] = [Pickle.int(9)], rank: Int32 = 1, size: Int = 4, storage: Int = 1
  ) -> [UInt8] {
    Pickle.file(Pickle.int(keys.count))
      + keys.flatMap { tarTensor($0, rank: rank, size: size, storage: storage) }
  }

  private static func tarTensor(_ key: [UInt8], rank: Int32, size: Int, storage: Int) -> [UInt8] {
    Pickle.file(Pickle.tuple([key, Pickle.int(storage), Pickle.global("torch.FloatTensor")]))
      + Pickle.little(rank) + Pickle.little(Int32(0)) + Pickle.little(size) + Pickle.little(1)
      + Pickle.little(0)
  }

  /// A scalar, as far as its place in the table goes.
  private static let tarTensorWithFarMemo: [UInt8] =
    Pickle.none + [0x72] + Pickle.little(UInt32(1 << 18) - 1) + Pickle.stop + Pickle.little(Int32(0))
    + Pickle.little(Int32(0)) + Pickle.little(0)

  private static func tarPickle(_ key: String = "9") -> [UInt8] {
    Pickle.file(Pickle.dict([("w", Pickle.text(key) + Pickle.persistent)]))
  }

  private static func tar(
    storages: [UInt8] = tarStorages, tensors: [UInt8] = tarTensors(), pickle: [UInt8] = tarPickle(),
    name: String = "sys_info", type: UInt8 = 0x30, sum: Int = 0, size: String? = nil
  ) -> [UInt8] {
    entry(name, [], type: type, sum: sum, size: size) + entry("pickle", pickle) + entry("tensors", tensors)
      + entry("storages", storages) + Array(repeating: 0, count: 1024)
  }

  private static func entry(
    _ name: String, _ data: [UInt8], type: UInt8 = 0x30, sum: Int = 0, size: String? = nil
  ) -> [UInt8] {
    func octal(_ value: Int, _ width: Int) -> String {
      let digits = String(value, radix: 8)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at start: Int) {
      for (index, byte) in text.utf8.enumerated() { header[start + index] = byte }
    }
    put(name, at: 0)
    put(size ?? octal(data.count, 11), at: 124)
    put("        ", at: 148)
    header[156] = type
    put("ustar", at: 257)
    put(octal(header.reduce(sum) { $0 + Int($1) }, 6) + "\0", at: 148)
    return header + data + Array(repeating: 0, count: (512 - data.count % 512) % 512)
  }

  static let tars: [HostileFile] = [
    HostileFile("a TAR header with a wrong checksum", .checksumMismatch, tar(sum: 1)),
    HostileFile("a TAR entry beyond the end", .truncated, tar(size: "77777777777")),
    HostileFile("a TAR size that is no number", .malformedArchive, tar(size: "9x")),
    HostileFile("a TAR name that leads outside", .unsafeName, tar(name: "../../x")),
    HostileFile("a symbolic link", .unsafeName, tar(type: 0x32)),
    HostileFile("two TAR entries of one name", .duplicateEntry, tar(name: "pickle")),
    HostileFile(
      "a TAR archive of other things", .unknownFormat, entry("a", [1]) + Array(repeating: 0, count: 1024)),
    HostileFile("a TAR archive without an end", .truncated, Array(tar().dropLast(1024))),
    HostileFile("bytes after the TAR archive", .unclaimedBytes, tar() + Array(repeating: 1, count: 512)),
    HostileFile("a tensor of 100 dimensions", .invalidTensor, tar(tensors: tarTensors(rank: 100))),
    HostileFile("a tensor of -1 dimensions", .truncated, tar(tensors: tarTensors(rank: -1))),
    HostileFile("a tensor behind its storage in TAR", .outOfRange, tar(tensors: tarTensors(size: 5))),
    HostileFile("a tensor without its storage in TAR", .missingStorage, tar(tensors: tarTensors(storage: 2))),
    HostileFile("a pickle with an unknown tensor in TAR", .missingStorage, tar(pickle: tarPickle("8"))),
    HostileFile("bytes after the tensors", .unclaimedBytes, tar(tensors: tarTensors() + [0])),
    HostileFile(
      "a tensor '09' beside the tensor 9", .deceptivePickle,
      tar(tensors: tarTensors(keys: [Pickle.int(9), Pickle.text("09")]), pickle: tarPickle("09"))),
    HostileFile("a tensor '09' in the pickle alone", .deceptivePickle, tar(pickle: tarPickle("09"))),
    HostileFile("a storage '-0'", .deceptivePickle, tar(storages: storages(keyed: "-0"))),
    HostileFile(
      "a tensor 9 and another one '9'", .duplicateTensor,
      tar(tensors: tarTensors(keys: [Pickle.int(9), Pickle.text("9")]))),
    HostileFile(
      "20,000 pickles with a memo entry far ahead", .unclaimedBytes,
      tar(tensors: tarTensors() + Array(repeating: tarTensorWithFarMemo, count: 20_000).flatMap { $0 })),
    HostileFile(
      "a count of 2^40 storages", .malformedPickle, tar(storages: Pickle.file(Pickle.int(1 << 40)))),
    HostileFile("a storage with the key of an array", .malformedPickle, tar(storages: storages(keyed: "@1"))),
    HostileFile(
      "a storage with a text as its key", .malformedPickle, tar(storages: storages(keyed: "first"))),
    HostileFile(
      "a storage of 2^62 elements", .truncated,
      tar(
        storages: Pickle.file(Pickle.int(1))
          + Pickle.file(
            Pickle.tuple([Pickle.int(1), Pickle.text("cpu"), Pickle.global("torch.FloatStorage")]))
          + Pickle.little(1 << 62))),
  ]

  /// A pickle of a dictionary with one array of NumPy.
  static func array(_ shape: [Int], _ elements: [UInt8], isFortranOrder: [UInt8] = [0x89]) -> [UInt8] {
    let type =
      Pickle.calling("numpy.dtype", [Pickle.text("f4"), [0x89], [0x88]])
      + Pickle.tuple(
        [Pickle.int(3), Pickle.text("<")] + Array(repeating: Pickle.none, count: 3)
          + [-1, -1, 0].map(Pickle.int))
      + Pickle.build
    let array =
      Pickle.calling(
        "numpy.core.multiarray._reconstruct",
        [Pickle.global("numpy.ndarray"), Pickle.ints([0]), Pickle.bytes(1)])
      + Pickle.tuple([Pickle.int(1), Pickle.ints(shape), type, isFortranOrder, elements])
      + Pickle.build
    return Pickle.file(Pickle.dict([("w", array)]))
  }

  static let others: [HostileFile] = [
    HostileFile("no bytes", .empty, []),
    HostileFile("a text", .unknownFormat, Array("weights\n".utf8)),
    HostileFile("an error page", .unknownFormat, Array("<!DOCTYPE html><title>404</title>".utf8)),
    HostileFile(
      "a checkpoint of this program", .unknownFormat, [0x8D, 0x52, 0x5A, 0x4F, 0x0D, 0x0A, 0x1A, 0x0A]),
    HostileFile("an ONNX model", .unknownFormat, [8, 7, 0x12, 7] + Array("pytorch".utf8)),
    HostileFile("a plain pickle without arrays", .noStateDict, Pickle.file(Pickle.dict([]))),
    HostileFile("an array with too few bytes", .invalidTensor, array([2, 2], Pickle.bytes(4))),
    HostileFile("an array of negative extents", .invalidTensor, array([-1, -1], Pickle.bytes(4))),
    HostileFile(
      "an array whose order is neither of the two", .deceptivePickle,
      array([1], Pickle.bytes(4), isFortranOrder: Pickle.int(2))),
    HostileFile(
      "an array whose order is a text", .deceptivePickle,
      array([1], Pickle.bytes(4), isFortranOrder: Pickle.text("C"))),
    HostileFile("an array without end", .invalidTensor, array([1 << 62, 8], Pickle.bytes(4))),
    HostileFile(
      "an array of a text that is no bytes", .malformedPickle,
      array([1], Pickle.calling("_codecs.encode", [Pickle.text("€a"), Pickle.text("latin1")]))),
    HostileFile(
      "an array of a text that is too long", .storageMismatch,
      array([1], Pickle.calling("_codecs.encode", [Pickle.text("abcde"), Pickle.text("latin1")]))),
    HostileFile(
      "a program beside arrays", .forbiddenGlobal,
      Pickle.file(Pickle.dict([("x", Pickle.calling("os.system", [Pickle.text("true")]))]))),
    HostileFile("an empty zip archive", .unknownFormat, [0x50, 0x4B, 5, 6] + Array(repeating: 0, count: 18)),
    HostileFile("a gzip file", .unknownFormat, [0x1F, 0x8B, 8, 0]),
  ]
}
