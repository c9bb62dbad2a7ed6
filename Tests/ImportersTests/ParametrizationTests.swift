import Files
import Messages
import ModelDescriptor
import TensorCore
import Testing
import WeightFiles

@testable import Importers

/// Tensors that PyTorch computes from others are computed, or refused; none is left out.
@Suite struct ParametrizationTests {
  private typealias Part = (name: String, shape: [Int], values: [Float])

  private func weights(_ parts: [Part]) throws -> ParametrizedWeights {
    try #require(
      ParametrizedWeights(
        FloatWeights(parts.map { ($0.name, Tensor(shape: Shape($0.shape), floats: $0.values)) })))
  }

  private func values(_ source: ParametrizedWeights, _ index: Int = 0) throws -> [Float] {
    let floats = try source.read(index).floats
    return floats.indices.map { floats[$0] }
  }

  @Test(arguments: [
    ("a.parametrizations.weight.original0", "a.parametrizations.weight.original1"),
    ("a.weight_g", "a.weight_v"),
  ])
  func weightNormalizationIsComputed(magnitude: String, direction: String) throws {
    let rows = try weights([
      (magnitude, [2, 1], [10, 26]), (direction, [2, 2], [3, 4, 5, 12]), ("a.bias", [2], [1, 2]),
    ])
    #expect(rows.tensors.map(\.name) == ["a.weight", "a.bias"])
    #expect(rows.tensors[0].shape == [2, 2])
    #expect(try values(rows) == [6, 8, 10, 24])
    #expect(try values(rows, 1) == [1, 2])
    #expect(try rows.elements(0).compare(with: rows.read(0)).firstDifference == nil)
    // A norm for each column, and one for all.
    #expect(
      try values(weights([(magnitude, [1, 2], [10, 26]), (direction, [2, 2], [3, 5, 4, 12])])) == [
        6, 10, 8, 24,
      ])
    #expect(try values(weights([(magnitude, [], [10]), (direction, [1, 2], [3, 4])])) == [6, 8])
  }

  @Test(arguments: [
    ("a.parametrizations.weight.original", "a.parametrizations.weight.0."), ("a.weight_orig", "a.weight"),
  ])
  func spectralNormalizationIsComputed(original: String, buffer: String) throws {
    let source = try weights([
      (original, [2, 2], [1, 2, 4, 8]), (buffer + "_u", [2], [0, 1]), (buffer + "_v", [2], [1, 0]),
    ])
    // u · W v is the element of the second row and the first column.
    #expect(try values(source) == [0.25, 0.5, 1, 2])
  }

  /// Shapes do not tell over which axis of a square it is, but the vectors do: W = [[3, 0], [4, 0]] takes u along the rows to
  /// v = (1, 0).
  @Test(arguments: [
    ("a.parametrizations.weight.original", "a.parametrizations.weight.0."), ("a.weight_orig", "a.weight"),
  ])
  func spectralNormalizationOverAnotherAxisIsRefused(original: String, buffer: String) throws {
    let rows = try weights([
      (original, [2, 2], [3, 0, 4, 0]), (buffer + "_u", [2], [0.6, 0.8]), (buffer + "_v", [2], [1, 0]),
    ])
    let computed = try values(rows)
    #expect(zip(computed, [0.6, 0, 0.8, 0]).allSatisfy { abs($0 - $1) < 1e-6 }, "\(computed)")
    let columns = try weights([
      (original, [2, 2], [3, 4, 0, 0]), (buffer + "_u", [2], [0.6, 0.8]), (buffer + "_v", [2], [1, 0]),
    ])
    let error = #expect(throws: WeightFileError.self) { try columns.read(0) }
    #expect(error?.code == .unsupportedTensor)
    #expect(
      error?.message.contains("fit axis 1 better than the first") == true, "\(error?.description ?? "")")
    let neither = try weights([
      (original, [2, 2], [1, 0, 0, 1]), (buffer + "_u", [2], [0, 1]), (buffer + "_v", [2], [1, 0]),
    ])
    #expect(throws: WeightFileError(.unsupportedTensor, file: "", "")) { try neither.read(0) }
  }

  @Test func pruningIsComputed() throws {
    let source = try weights([
      ("a.bias", [1], [7]), ("a.weight_orig", [3], [1, 2, 3]), ("a.weight_mask", [3], [1, 0, 1]),
    ])
    #expect(source.tensors.map(\.name) == ["a.bias", "a.weight"])
    #expect(try values(source, 1) == [1, 0, 3])
    #expect(source.notes(on: [0]).isEmpty)
    #expect(
      source.notes(on: [1]).map(\.description) == [
        "computed: 'a.weight' from its pruning, as the original where the mask is 1"
      ])
  }

  @Test func aMaskOfWholeNumbersIsReadAsOne() throws {
    let source = try #require(
      ParametrizedWeights(
        FloatWeights([
          ("a.weight_orig", Tensor(shape: [3], floats: [1, 2, 3])),
          ("a.weight_mask", Tensor(shape: [3], wholeNumbers: [1, 0, 1])),
        ])))
    #expect(source.tensors[0].isSuitable)
    #expect(try values(source) == [1, 0, 3])
    let scaled = try #require(
      ParametrizedWeights(
        FloatWeights([
          ("a.weight_g", Tensor(shape: [], wholeNumbers: [10])),
          ("a.weight_v", Tensor(shape: [1, 2], floats: [3, 4])),
        ])))
    #expect(try values(scaled) == [6, 8])
  }

  @Test func aPartThatIsNotReadIsNamed() throws {
    let source = try #require(
      ParametrizedWeights(
        FloatWeights(
          [
            ("a.weight_orig", Tensor(shape: [1], floats: [1])),
            ("a.weight_mask", Tensor(shape: [1], floats: [1])),
          ], unsuitable: ["a.weight_mask"])))
    #expect(!source.tensors[0].isSuitable)
    #expect(source.tensors[0].type.contains("'a.weight_mask'"))
    #expect(throws: WeightFileError(.unsupportedTensor, file: "", "")) { try source.read(0) }
  }

  static let unknown: [[(String, [Int])]] = [
    [("fc.parametrizations.weight.original", [10, 64])],
    [("fc.parametrizations.weight.original", [10, 64]), ("fc.parametrizations.weight.0.base", [64, 64])],
    [
      ("fc.parametrizations.weight.original0", [10, 64]), ("fc.parametrizations.weight.original1", [10, 64]),
    ],
    [("fc.weight_orig", [10, 64]), ("fc.weight_u", [10])],
    [("fc.weight_g", [1, 1]), ("fc.weight_v", [10, 64])],
  ]

  @Test(arguments: unknown)
  func whatIsNotKnownIsRefusedByItsName(parts: [(String, [Int])]) throws {
    let draft = try StateDictDraft("small_resnet18").without { $0 == "fc.weight" }
    let strange = StateDictDraft(parts.map { ($0.0, Shape($0.1)) })
    let source = (draft + strange).source()
    let wrapped = ImportSource(try #require(ParametrizedWeights(source.weights)), claims: source.claims)
    let error = try #require(throws: ImportError.self) { try wrapped.plan(options: ImportOptions()) }
    #expect(error.code == .unsuitableElementType)
    #expect(error.message.contains("fc.weight (made by a parametrization"))
  }

  @Test func aHeadOfOtherPartsIsNotLeftOut() throws {
    let draft = try StateDictDraft("small_resnet18").without { $0.hasPrefix("fc.") }
    let head = StateDictDraft([("fc.scale", [10]), ("fc.kernel", [10, 64])])
    let error = try #require(throws: ImportError.self) {
      try (draft + head).source().plan(options: ImportOptions())
    }
    #expect(error.code == .tensors)
    #expect(error.message.contains("'fc.scale' [10], 'fc.kernel' [10, 64]"))
    let options = ImportOptions(renamings: [Renaming(old: "fc", new: "")])
    #expect(try (draft + head).source().plan(options: options).descriptor.architecture.head == .none)
  }
}

/// Weights in memory.
final class FloatWeights: WeightSource {
  let path = "net.pth"
  let container = "a test"
  let byteCount = 0
  let notes: [Remark] = []
  let wholeFile: InputFile? = nil
  let tensors: [SourceTensor]
  private let values: [Tensor]

  init(_ named: [(name: String, tensor: Tensor)], unsuitable: Set<String> = []) {
    tensors = named.map {
      SourceTensor(
        name: $0.name, shape: $0.tensor.shape, type: $0.tensor.elementType == .int64 ? "I64" : "float32",
        byteCount: $0.tensor.byteCount, isSuitable: unsuitable.contains($0.name) == false)
    }
    values = named.map(\.tensor)
  }

  func read(_ index: Int) throws(WeightFileError) -> Tensor { values[index] }

  func elements(_ index: Int) throws(WeightFileError) -> SourceElements {
    throw WeightFileError(.unreadable, file: path, "elements")
  }
}

extension Tensor {
  /// Whole numbers as a source keeps them.
  init(shape: Shape, wholeNumbers: [Int64]) {
    var buffer = AlignedBuffer(byteCount: 8 * wholeNumbers.count)
    var target = buffer.mutableBytes
    for (index, number) in wholeNumbers.enumerated() {
      target.storeBytes(of: number.littleEndian, toByteOffset: 8 * index, as: Int64.self)
    }
    self.init(shape: shape, elementType: .int64, buffer: buffer)
  }
}
