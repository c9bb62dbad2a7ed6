import TensorCore
import WeightFiles

/// A tensor that PyTorch computes from others which it keeps in its place (`torch.nn.utils.parametrizations`, and the hooks
/// before them). The others are given by their places in the source.
enum Parametrization: Hashable {
  /// g · v / ‖v‖ (Salimans and Kingma 2016), with a norm for each index of one axis, or for the whole.
  case weightNorm(magnitude: Int, direction: Int)
  /// W / (u · W v) (Miyato et al. 2018), as it is computed when nothing is learned.
  case spectralNorm(original: Int, left: Int, right: Int)
  /// The original where a mask is 1, else 0.
  case pruned(original: Int, mask: Int)
  /// By a function that the source does not tell.
  case unknown(original: Int)

  /// The tensor that has the shape of the result.
  var model: Int {
    switch self {
    case .weightNorm(_, let direction): direction
    case .spectralNorm(let original, _, _), .pruned(let original, _), .unknown(let original): original
    }
  }

  /// The tensors that the computation reads.
  var places: [Int] {
    switch self {
    case .weightNorm(let magnitude, let direction): [magnitude, direction]
    case .spectralNorm(let original, let left, let right): [original, left, right]
    case .pruned(let original, let mask): [original, mask]
    case .unknown(let original): [original]
    }
  }

  /// The computation in words; nil where it is not known.
  var words: String? {
    switch self {
    case .weightNorm: "weight normalization, as g · v / ‖v‖"
    case .spectralNorm: "spectral normalization, as W / (u · W v)"
    case .pruned: "pruning, as the original where the mask is 1"
    case .unknown: nil
    }
  }

  /// False if the tensors' shapes are none of such a computation.
  func suits(_ shapes: [Shape]) -> Bool {
    let own = shapes[model].dimensions
    switch self {
    case .weightNorm(let magnitude, _):
      return Self.isWhole(shapes[magnitude].dimensions, of: own)
        || Self.axis(of: shapes[magnitude].dimensions, in: own) != nil
    case .spectralNorm(_, let left, let right):
      guard let rows = own.first, own.count > 1, rows > 0 else { return false }
      return shapes[left].dimensions == [rows]
        && shapes[right].dimensions == [shapes[model].elementCount / rows]
    case .pruned(_, let mask): return shapes[mask].dimensions == own
    case .unknown: return true
    }
  }

  /// True if a magnitude is the norm of the whole: it has no axis, or is given for one of the extent 1.
  private static func isWhole(_ magnitude: [Int], of own: [Int]) -> Bool {
    magnitude.allSatisfy { $0 == 1 }
      && (magnitude.count <= 1 || magnitude.count == own.count && own.contains(1))
  }

  /// The axis that a magnitude is given for: all other extents are 1.
  private static func axis(of magnitude: [Int], in own: [Int]) -> Int? {
    guard magnitude.count == own.count else { return nil }
    let axes = own.indices.filter { magnitude[$0] != 1 }
    guard axes.count == 1, magnitude[axes[0]] == own[axes[0]] else { return nil }
    return axes[0]
  }

  /// The reason why a spectral normalization may be over another axis than the first, as a phrase about its vectors; nil where it is not. The
  /// tensors' shapes do not tell axes of one extent apart, but one vector is computed from the other: v = Wᵀu / ‖Wᵀu‖ or u = Wv / ‖Wv‖, up
  /// to the last step of a training.
  ///
  /// - Complexity: O(number of elements · axes of the same extent).
  func doubtOfAxis(reading read: (Int) throws(WeightFileError) -> Tensor) throws(WeightFileError) -> String? {
    guard case .spectralNorm(let original, let left, let right) = self else { return nil }
    let weight = try read(original)
    let extents = weight.shape.dimensions
    let others = extents.indices.dropFirst().filter { extents[$0] == extents[0] }
    guard !others.isEmpty else { return nil }
    let (u, v) = (try read(left), try read(right))
    let first = Self.agreement(of: u, and: v, in: weight, over: 0)
    if let other = others.first(where: { Self.agreement(of: u, and: v, in: weight, over: $0) > first }) {
      return "fit axis \(other) better than the first"
    }
    return first > 0.5 ? nil : "fit no axis for certain"
  }

  /// The larger one of the cosines of the angles between v and Wᵀu, and between u and Wv, where the rows of W are along an axis: PyTorch's
  /// newer code computes v last, its older code u.
  private static func agreement(of u: Tensor, and v: Tensor, in weight: Tensor, over axis: Int) -> Double {
    let extents = weight.shape.dimensions
    let rows = extents[axis]
    let inner = extents[(axis + 1)...].reduce(1, *)
    let (own, left, right) = (weight.floats, u.floats, v.floats)
    var (rowSums, columnSums) = (
      [Double](repeating: 0, count: rows), [Double](repeating: 0, count: v.shape.elementCount)
    )
    for index in 0..<weight.shape.elementCount {
      let row = index / inner % rows
      // The other axes keep their order.
      let column = index / (inner * rows) * inner + index % inner
      rowSums[row] += Double(own[index]) * Double(right[column])
      columnSums[column] += Double(own[index]) * Double(left[row])
    }
    return max(cosine(rowSums, left), cosine(columnSums, right))
  }

  private static func cosine(_ sums: [Double], _ vector: Span<Float>) -> Double {
    var (product, squares, others) = (0.0, 0.0, 0.0)
    for index in sums.indices {
      product += sums[index] * Double(vector[index])
      squares += sums[index] * sums[index]
      others += Double(vector[index]) * Double(vector[index])
    }
    return product / (squares * others).squareRoot()
  }

  /// Computes the tensor in double precision and rounds each element once.
  ///
  /// - Parameter read: the elements of a tensor of the source, as float32.
  /// - Complexity: O(number of elements).
  func computed(reading read: (Int) throws(WeightFileError) -> Tensor) throws(WeightFileError) -> Tensor {
    let tensor = try read(model)
    let own = tensor.floats
    let shape = tensor.shape
    var floats = [Float](repeating: 0, count: shape.elementCount)
    switch self {
    case .weightNorm(let magnitude, _):
      let scale = try read(magnitude)
      let axis = Self.axis(of: scale.shape.dimensions, in: shape.dimensions)
      // Elements of one group lie `inner` beside each other, and the next group follows.
      let inner = axis.map { shape.dimensions[($0 + 1)...].reduce(1, *) } ?? shape.elementCount
      let count = axis.map { shape.dimensions[$0] } ?? 1
      var squares = [Double](repeating: 0, count: count)
      for index in floats.indices {
        squares[index / inner % count] += Double(own[index]) * Double(own[index])
      }
      for index in floats.indices {
        let group = index / inner % count
        floats[index] = Float(Double(own[index]) * Double(scale.floats[group]) / squares[group].squareRoot())
      }
    case .spectralNorm(_, let left, let right):
      let (u, v) = (try read(left), try read(right))
      let columns = max(v.shape.elementCount, 1)
      var sigma = 0.0
      for index in floats.indices {
        sigma += Double(u.floats[index / columns]) * Double(own[index]) * Double(v.floats[index % columns])
      }
      for index in floats.indices { floats[index] = Float(Double(own[index]) / sigma) }
    case .pruned(_, let mask):
      let mask = try read(mask)
      for index in floats.indices { floats[index] = own[index] * mask.floats[index] }
    case .unknown: preconditionFailure("a tensor whose computation is not known")
    }
    return Tensor(shape: shape, floats: floats)
  }
}
