package import Files
import Messages

extension PickleSurvey {
  /// Most pickles of one zip archive that are surveyed.
  private static let pickleLimit = 16

  /// Surveys every pickle that a PyTorch file has, as far as its container can be followed.
  package init(_ file: InputFile, container: TorchArchive.Container) {
    do throws(WeightFileError) {
      switch container {
      case .zip: try surveyZip(file)
      case .stream: try surveyStream(file)
      case .tar: try surveyTar(file)
      case .pickle: try surveyPickle(file)
      }
    } catch {
      addGap(error.message)
    }
  }

  /// Surveys one pickle and returns the names in it; throws where it cannot be followed.
  private mutating func survey(_ cursor: ByteCursor, _ name: String) throws(WeightFileError) -> [String] {
    let surveyor = PickleSurveyor(cursor, pickle: name, into: self)
    // The surveyor alone holds the lists, which then grow in place however many pickles there are.
    self = PickleSurvey()
    defer { self = surveyor.survey }
    do throws(WeightFileError) {
      try surveyor.run()
    } catch {
      throw WeightFileError(
        error.code, file: error.file, "'\(name)' could not be followed further: \(error.message)")
    }
    return surveyor.globals
  }

  /// Every entry that is a pickle by name. Its checksum is the reader's concern.
  private mutating func surveyZip(_ file: InputFile) throws(WeightFileError) {
    let archive = try ZipArchive(file)
    do throws(WeightFileError) { _ = try TorchRecords(archive, in: file) } catch { addGap(error.message) }
    let pickles = archive.entries.filter { $0.name.lowercased().hasSuffix(".pkl") }
    for entry in pickles.prefix(Self.pickleLimit) {
      do throws(WeightFileError) {
        var bytes = StoredBytes(entry)
        bytes.checksum = nil
        if entry.method == .deflated {
          let limit = min(PickleMachine.Limit.pickle, PickleMachine.Limit.memory / 2 + file.size / 2)
          guard entry.byteCount <= limit else {
            throw WeightFileError(
              .pickleLimit, file: file.path,
              "'\(entry.name)' has \(entry.byteCount) bytes and is not followed")
          }
        }
        _ = try survey(bytes.verifiedCursor(in: file), entry.name)
      } catch {
        addGap(error.message)
      }
    }
    if pickles.count > Self.pickleLimit {
      addGap("\(pickles.count - Self.pickleLimit) further pickles were not followed")
    }
  }

  private mutating func surveyStream(_ file: InputFile) throws(WeightFileError) {
    let cursor = ByteCursor(file, in: 0..<file.size)
    for name in ["magic number", "version", "system", "object", "storage keys"] {
      _ = try survey(cursor, name)
    }
  }

  private mutating func surveyPickle(_ file: InputFile) throws(WeightFileError) {
    let cursor = ByteCursor(file, in: 0..<file.size)
    try TorchArchive.skipObjectHeader(cursor, file)
    _ = try survey(cursor, "pickle")
  }

  private mutating func surveyTar(_ file: InputFile) throws(WeightFileError) {
    let archive = try TarArchive(file)
    for name in ["pickle", "storages", "tensors"] {
      guard let range = archive.entries[name] else { continue }
      let cursor = ByteCursor(file, in: range)
      do throws(WeightFileError) {
        switch name {
        case "storages": try surveyStorages(cursor)
        case "tensors": try surveyTensors(cursor)
        default: _ = try survey(cursor, name)
        }
      } catch {
        addGap(error.message)
      }
    }
  }

  /// A count, then a pickle before the elements of each storage, then a list of views.
  private mutating func surveyStorages(_ cursor: ByteCursor) throws(WeightFileError) {
    _ = try survey(cursor, "storages")
    while cursor.remaining > 0 {
      let names = try survey(cursor, "storages")
      guard cursor.remaining > 0 else { return }
      guard let name = names.last, case .some(.some(let type)) = TorchGlobals.storageType(name) else {
        throw cursor.fault(
          .malformedPickle, "a storage without a known class, behind which nothing was followed")
      }
      let (size, overflow) = try cursor.count(Int64.self).multipliedReportingOverflow(by: type.byteCount)
      guard !overflow else { throw cursor.fault(.truncated, "a storage of too many elements") }
      try cursor.skip(size)
    }
  }

  /// A count, then a pickle, rank, sizes, strides and offset for each tensor.
  private mutating func surveyTensors(_ cursor: ByteCursor) throws(WeightFileError) {
    _ = try survey(cursor, "tensors")
    while cursor.remaining > 0 {
      _ = try survey(cursor, "tensors")
      let rank = try cursor.count(Int32.self)
      guard rank <= TensorRecord.rankLimit else {
        throw cursor.fault(.invalidTensor, "\(rank) dimensions, behind which nothing was followed")
      }
      try cursor.skip(4 + 16 * rank + 8)
    }
  }
}
