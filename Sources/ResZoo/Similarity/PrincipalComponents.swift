import LinearAlgebra
import Threads

/// The directions in which embeddings differ most, by the eigenvectors of their covariance (Pearson, "On lines and planes of closest fit", 1901).
///
/// The last digits depend on the library that multiplies; the signs do not: the component of each direction that is greatest in magnitude is
/// positive.
public struct PrincipalComponents: Sendable {
  /// The mean of the embeddings.
  public let mean: [Double]
  /// The directions, of length 1, the one of the greatest variance first.
  public let directions: [[Double]]
  /// The variance along each direction, with n - 1 in the denominator.
  public let variances: [Double]
  /// The sum of the variances along all directions there are.
  public let totalVariance: Double

  /// Most numbers of an embedding: the eigenproblem takes memory for five of its squares in double precision.
  public static let widthLimit = 4096

  /// Computes the first directions.
  ///
  /// - Parameters:
  ///   - table: at least two embeddings.
  ///   - wanted: how many directions; there are as many as an embedding has numbers at most.
  ///   - threads: how many threads compute; 0 for all processors.
  /// - Throws: ``SimilarityError``: `missingLibrary`, `noImages` for fewer than two embeddings, `tooLarge` beyond ``widthLimit``, `noConvergence`.
  /// - Complexity: O(rows × width² + width³).
  public init(of table: EmbeddingTable, count wanted: Int, threads: Int = 0) throws(SimilarityError) {
    guard table.count > 1 else {
      throw SimilarityError(
        .noImages, "there are \(table.count) embeddings; directions in which they differ need at least two")
    }
    let width = table.width
    guard width <= Self.widthLimit else {
      throw SimilarityError(
        .tooLarge,
        "embeddings of \(width) numbers are wider than the \(Self.widthLimit) whose directions are computed")
    }
    let mean = Self.mean(of: table)
    do throws(LinearAlgebraError) {
      let covariance = try Covariance(of: table, around: mean, threads: threads).matrix
      let solved = try Eigenvectors(of: covariance, order: width, threads: threads)
      let order = (0..<width).reversed().prefix(max(0, wanted))
      directions = order.map { Array(solved.vectors[$0 * width..<($0 + 1) * width]) }
      // A direction without variance may come out a little below zero.
      variances = order.map { max(0, solved.values[$0]) }
      totalVariance = (0..<width).reduce(0) { $0 + covariance[$1 * width + $1] }
    } catch {
      throw SimilarityError(error)
    }
    self.mean = mean
  }

  /// The places of embeddings along the directions: the inner products of what they differ from the mean by.
  ///
  /// - Parameter table: embeddings of the same width.
  /// - Returns: for each row a number for each direction.
  /// - Precondition: the table has the width that the directions have.
  public func places(of table: EmbeddingTable) -> [[Double]] {
    precondition(
      table.width == mean.count, "embeddings of \(table.width) numbers on directions of \(mean.count)")
    return (0..<table.count).map { row in
      let start = row * table.width
      return directions.map { direction in
        var sum = 0.0
        for index in mean.indices {
          sum += (Double(table.floats[start + index]) - mean[index]) * direction[index]
        }
        return sum
      }
    }
  }

  private static func mean(of table: EmbeddingTable) -> [Double] {
    var sums = [Double](repeating: 0, count: table.width)
    for row in 0..<table.count {
      for index in sums.indices { sums[index] += Double(table.floats[row * table.width + index]) }
    }
    return sums.map { $0 / Double(table.count) }
  }
}
