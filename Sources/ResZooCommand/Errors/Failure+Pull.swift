import ResZoo

extension Failure {
  /// Published weights that did not come into the cache.
  init(_ error: PullError, weights: PublishedWeights) {
    switch error {
    case .transfer(let error): self.init(error, weights: weights)
    case .file(let error): self.init(output: error)
    case .architecture(let error): self.init(.data, "\(weights.name): cannot be used yet: \(error)")
    case .weights(let error): self.init(error)
    case .checkpoint(let error): self.init(output: error, path: weights.name)
    }
  }

  private init(_ error: TransferError, weights: PublishedWeights) {
    let byHand =
      "\nreszoo: by hand: download it where there is a network, then 'reszoo convert "
      + "\(weights.file) --output \(weights.name).rzoo'"
    let again = "\nreszoo: what has come is kept: the same command goes on from there"
    switch error.code {
    case .badAddress: self.init(.usage, error.description)
    case .wrongSize, .wrongDigest: self.init(.data, error.description)
    case .brokenOff, .timeout: self.init(.unavailable, error.description + again)
    case .noLibrary, .noHost, .noConnection, .untrusted, .redirects, .status, .notHTTP, .other:
      self.init(.unavailable, error.description + byHand)
    }
  }
}
