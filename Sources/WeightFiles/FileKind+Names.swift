extension FileKind {
  /// The kind with its article, for example "a safetensors file".
  package var what: String {
    switch self {
    case .pytorch: "a PyTorch file"
    case .safetensors: "a safetensors file"
    case .numpy: "a NumPy archive"
    case .hdf5: "an HDF5 file"
    case .keras: "a Keras archive"
    case .onnx: "an ONNX model"
    case .checkpoint: "a ResZoo checkpoint"
    case .other(let kind): kind.what
    }
  }

  /// The endings of names by which files of this kind are known; none of kinds that no weights are read from.
  private var endings: [String] {
    switch self {
    case .pytorch: ["pth", "th", "pt"]
    case .safetensors: ["safetensors"]
    case .numpy: ["npz"]
    case .hdf5: ["h5", "hdf5"]
    case .keras: ["keras"]
    case .onnx: ["onnx"]
    case .checkpoint, .other: []
    }
  }

  private static let knownEndings: Set = [
    "pth", "th", "pt", "safetensors", "npz", "h5", "hdf5", "keras", "onnx",
  ]

  /// True if weights of this kind may bear the name. A name whose ending says nothing fits all of them.
  package func fits(name: String) -> Bool {
    let ending = name.split(separator: ".").last?.lowercased() ?? ""
    return Self.knownEndings.contains(ending) ? endings.contains(ending) : !endings.isEmpty
  }
}
