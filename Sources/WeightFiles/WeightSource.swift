package import Files
package import Messages
package import TensorCore

/// An opened file or folder of weights: named tensors, of which nothing was read but their index.
///
/// A conformer knows one container. It promises that names are unique and sound, and that whatever the bytes are, reading ends with
/// a tensor or a ``WeightFileError``.
package protocol WeightSource: AnyObject {
  /// The file or folder.
  var path: String { get }
  /// The kind of file or folder, in words.
  var container: String { get }
  /// The bytes of the file, or of all files of a folder or an index.
  var byteCount: Int { get }
  /// The tensors in the source's order.
  var tensors: [SourceTensor] { get }
  /// Sentences about anything unusual that was noticed while opening.
  var notes: [Remark] { get }
  /// The file whose SHA-256 identifies the weights; nil where they lie in several.
  var wholeFile: InputFile? { get }
  /// The texts that the file carries beside its tensors.
  var metadata: [String: String] { get }
  /// The place of the tensors in a training checkpoint.
  var stateDict: StateDictPlace? { get }
  /// The layers of a network that was saved as a whole, in the order in which they are registered; nil where there are only tensors.
  var modules: [ModuleRecord]? { get }
  /// The statements of a Keras file about its layers; nil for files of other programs.
  var keras: KerasFacts? { get }

  /// Reads the elements of a tensor: floats as they are, integers as float32, but counts of batches as int64.
  ///
  /// - Parameter index: the tensor's place in ``tensors``.
  func read(_ index: Int) throws(WeightFileError) -> Tensor

  /// Reads the elements of a tensor as they lie in the source, to compare them.
  ///
  /// - Parameter index: the tensor's place in ``tensors``.
  func elements(_ index: Int) throws(WeightFileError) -> SourceElements

  /// Verifies all parts of the source that no tensor was read from.
  ///
  /// - Returns: a sentence for each thing that was noticed in reading.
  func finish() throws(WeightFileError) -> [String]
}

extension WeightSource {
  package var metadata: [String: String] { [:] }
  package var stateDict: StateDictPlace? { nil }
  package var modules: [ModuleRecord]? { nil }
  package var keras: KerasFacts? { nil }
  package func finish() throws(WeightFileError) -> [String] { [] }
}

/// The index entry of one tensor.
package struct SourceTensor: Sendable {
  /// The name in the source.
  package var name: String
  /// The extents in the source's layout.
  package var shape: Shape
  /// The type of the elements, as the source calls it.
  package var type: String
  /// The size of the elements in the source's type.
  package var byteCount: Int
  /// True if weights can be read from elements of this type.
  package var isSuitable: Bool

  package init(name: String, shape: Shape, type: String, byteCount: Int, isSuitable: Bool = true) {
    self.name = name
    self.shape = shape
    self.type = type
    self.byteCount = byteCount
    self.isSuitable = isSuitable
  }
}
