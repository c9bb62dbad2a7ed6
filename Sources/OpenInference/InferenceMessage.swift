/// A request of the open inference protocol, version 2, as REST and gRPC carry it.
///
/// The protocol is KServe's, with the extensions of NVIDIA Triton that are named where they are read.
package struct InferenceMessage: Hashable, Sendable {
  /// A parameter's value.
  package enum Parameter: Hashable, Sendable {
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
  }

  /// A tensor that goes in.
  package struct Input: Hashable, Sendable {
    package var name: String
    /// Such as `FP32` and `BYTES`.
    package var datatype: String
    package var shape: [Int]
    package var parameters: [String: Parameter] = [:]
    package var content: Content

    package init(
      name: String, datatype: String, shape: [Int], parameters: [String: Parameter] = [:], content: Content
    ) {
      self.name = name
      self.datatype = datatype
      self.shape = shape
      self.parameters = parameters
      self.content = content
    }
  }

  /// The elements of a tensor, row by row.
  package enum Content: Hashable, Sendable {
    case floats([Float])
    case elements([[UInt8]])

    /// The number of elements.
    package var count: Int {
      switch self {
      case .floats(let values): values.count
      case .elements(let elements): elements.count
      }
    }
  }

  /// A tensor that is asked for.
  package struct Wish: Hashable, Sendable {
    package var name: String
    /// True for an answer as bytes behind the JSON (REST alone).
    package var isBinary: Bool
    /// The number of classes for an answer of texts, `value:index:label`; nil for the numbers.
    package var classes: Int?

    package init(name: String, isBinary: Bool = false, classes: Int? = nil) {
      self.name = name
      self.isBinary = isBinary
      self.classes = classes
    }
  }

  package var id: String?
  package var parameters: [String: Parameter] = [:]
  package var inputs: [Input] = []
  /// Nil for all that the model puts out.
  package var outputs: [Wish]?

  package init(
    id: String? = nil, parameters: [String: Parameter] = [:], inputs: [Input] = [], outputs: [Wish]? = nil
  ) {
    self.id = id
    self.parameters = parameters
    self.inputs = inputs
    self.outputs = outputs
  }

  /// Names that inputs have.
  package enum InputName {
    /// Image files, one a row: `BYTES` of [rows].
    package static let image = "image"
    /// Preprocessed tensors: `FP32` of [rows, channels, height, width].
    package static let tensor = "input"
  }

  /// Names that outputs have.
  package enum OutputName: String, CaseIterable, Sendable {
    /// The network's output: `FP32` of [rows, classes].
    case logits
    /// The same as probabilities.
    case probabilities
  }
}
