import Messages

extension TorchArchive {
  /// The error of an archive without tensors by name, which says what is there instead.
  func nothing(at value: PickleValue, file: String) -> WeightFileError {
    if isScript {
      return WeightFileError(
        .scripted, file: file,
        "a TorchScript archive whose modules have no parameters, as of a frozen program: the weights are constants without "
          + "names; save 'model.state_dict()' of the module before it was frozen")
    }
    if case .unreadable(let tensor) = heap[value] {
      return WeightFileError(
        .noStateDict, file: file,
        "the file holds \(tensor.what), not tensors by name; save 'model.state_dict()' in Python")
    }
    if let name = (heap.entries(value) ?? []).prefix(100).lazy.compactMap({ handedTensors($0.value) }).first {
      return WeightFileError(
        .forbiddenGlobal, file: file,
        "the tensors are handed to '\(name)', which this program does not know; save 'model.state_dict()' in Python instead"
      )
    }
    let what =
      switch heap[value] {
      case .tensor: "a single tensor"
      case .list, .tuple, .set: "a list"
      case .dict: "a dictionary without tensors"
      case .object(let object): "an object of '\(object.name)'"
      default: "no dictionary"
      }
    return WeightFileError(
      .noStateDict, file: file,
      "the file holds \(what), not tensors by name; save 'model.state_dict()' in Python")
  }

  /// The name of the function or class that a value with tensors in it was made by.
  private func handedTensors(_ value: PickleValue) -> String? {
    var budget = 10_000
    guard let object = heap.object(value), heap.reachesTensor(from: value, budget: &budget) == true else {
      return nil
    }
    return object.name
  }
}
