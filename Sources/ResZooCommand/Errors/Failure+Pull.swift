import ResZoo

extension Failure {
  /// Published weights that did not come into the cache.
  init(_ error: PullError, weights: PublishedWeights) {
    switch error {
    case .transfer(let error): self.init(error, weights: weights)
    case .file(let error): self.init(error, output: weights.name)
    case .architecture(let error):
      self.init(.data, "\(weights.name): this version cannot run this network: \(error)")
    case .weights(let error): self.init(error)
    case .checkpoint(let error): self.init(error, output: weights.name)
    }
  }

  private init(_ error: TransferError, weights: PublishedWeights) {
    let byHand: Remark =
      "\nreszoo: without a network: download it elsewhere, then run 'reszoo convert \(weights.file) "
      + "--output \(weights.name).rzoo'"
    let again: Remark = "\nreszoo: the part that has arrived is kept; run the same command again to continue"
    switch error.code {
    case .badAddress: self.init(.usage, "\(error)")
    case .wrongSize, .wrongDigest: self.init(.data, "\(error)")
    case .brokenOff, .timeout: self.init(.unavailable, "\(error)\(again)")
    case .noLibrary, .noHost, .noConnection, .untrusted, .redirects, .status, .notHTTP, .other:
      self.init(.unavailable, "\(error)\(byHand)")
    }
  }
}
