import Messages
import ModelDescriptor
import TensorCore
import Testing

@testable import Importers

/// The mean and the standard deviation of images that lie beside a network are its preprocessing.
@Suite struct NormalizationBufferTests {
  private static let names: [(name: String, shape: Shape)] = [
    ("model.normalize.mean", [1, 3, 1, 1]), ("model.normalize.std", [1, 3, 1, 1]),
    ("model.conv1.weight", [8, 3, 3, 3]),
  ]

  @Test func onePairIsFound() throws {
    let found = try #require(NormalizationBuffers(Self.names, channels: 3) { $0 < 2 })
    #expect((found.mean, found.std) == (0, 1))
    #expect(NormalizationBuffers(Self.names, channels: 1) { $0 < 2 } == nil)
    #expect(NormalizationBuffers(Array(Self.names.dropFirst()), channels: 3) { _ in true } == nil)
    let twice: [(name: String, shape: Shape)] = Self.names + [("pixel_mean", [3]), ("pixel_std", [3])]
    #expect(NormalizationBuffers(twice, channels: 3) { _ in true } == nil)
  }

  @Test func numbersOfBytesAndOfCaffeAreTold() throws {
    let plain = try #require(StoredNormalization(names: "", mean: [0.5, 0.4, 0.3], std: [0.2, 0.2, 0.2]))
    #expect(plain.record(like: .imageNet).mean == [0.5, 0.4, 0.3])
    #expect(plain.record(like: .imageNet).resize == 256 && plain.order == .rgb)
    let bytes = try #require(StoredNormalization(names: "", mean: [127.5, 127.5, 127.5], std: [51, 51, 51]))
    #expect(bytes.mean == [0.5, 0.5, 0.5] && bytes.std == [0.2, 0.2, 0.2])
    let caffe = try #require(
      StoredNormalization(names: "", mean: [103.53, 116.28, 123.675], std: [1, 1, 1]))
    #expect(caffe.order == .bgr && caffe.std[0] == 1 / 255.0)
    #expect(StoredNormalization(names: "", mean: [0.5], std: [0]) == nil)
    #expect(StoredNormalization(names: "", mean: [.nan], std: [1]) == nil)
  }

  @Test func wholeNumbersAreReadAndWhatIsNoNumberIsNot() throws {
    let pair: [(name: String, tensor: Tensor)] = [
      ("pixel_mean", Tensor(shape: [3], wholeNumbers: [124, 116, 104])),
      ("pixel_std", Tensor(shape: [3], wholeNumbers: [58, 57, 57])),
    ]
    let buffers = try #require(
      NormalizationBuffers(pair.map { ($0.name, $0.tensor.shape) }, channels: 3) { _ in true })
    let claims = StateDictDraft([]).source().claims
    let record = try ImportSource(FloatWeights(pair), claims: claims).normalization(buffers)
    #expect(
      record?.mean == [124, 116, 104].map { $0 / 255 } && record?.std == [58, 57, 57].map { $0 / 255 })
    let strange = FloatWeights(pair, unsuitable: ["pixel_std"])
    // Whole numbers are read though they are no weights.
    #expect(try ImportSource(strange, claims: claims).normalization(buffers) != nil)
    let halves = FloatWeights(
      [pair[0], ("pixel_std", Tensor(shape: [3], floats: [1, 1, 1]))], unsuitable: ["pixel_std"])
    #expect(try ImportSource(halves, claims: claims).normalization(buffers) == nil)
    // One channel, as PyTorch keeps scalars.
    let scalars: [(name: String, tensor: Tensor)] = [
      ("mean", Tensor(shape: [], wholeNumbers: [0])), ("std", Tensor(shape: [], wholeNumbers: [1])),
    ]
    let own = try #require(
      NormalizationBuffers(scalars.map { ($0.name, $0.tensor.shape) }, channels: 1) { _ in true })
    #expect(try ImportSource(FloatWeights(scalars), claims: claims).normalization(own)?.std == [1])
  }

  @Test func aPairInTheNetworksModuleIsNotAskedAbout() throws {
    let draft = try StateDictDraft("small_resnet18").prefixed("model.")
    let buffers = StateDictDraft([
      ("model.normalize.mean", [1, 3, 1, 1]), ("model.normalize.std", [1, 3, 1, 1]),
    ])
    let network = try (draft + buffers).source().network(options: ImportOptions())
    let count = draft.tensors.count
    #expect(network.normalization.map { [$0.mean, $0.std] } == [count, count + 1])
    #expect(network.mapping.reasons[count]?.contains("normalisation of images") == true)
  }
}
