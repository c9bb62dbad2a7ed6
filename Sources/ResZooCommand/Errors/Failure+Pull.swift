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
    case .cached(let fault):
      self.init(.data, "\(fault); 'reszoo pull \(weights.name) --force' downloads it again")
    }
  }

  private init(_ error: TransferError, weights: PublishedWeights) {
    let byHand: Remark =
      "\nreszoo: without a network: download it elsewhere, then run 'reszoo convert \(weights.file) "
      + "--output \(weights.name).rzoo'"
    switch error.code {
    case .badAddress: self.init(.usage, "\(error)")
    case .weakCheck:
      self.init(
        .usage,
        "\(error)\nreszoo: name a mirror with https://, or leave the mirror out; --allow-weak-check takes the file all the same"
      )
    case .wrongSize, .wrongDigest, .wrongKind: self.init(.data, "\(error)")
    case .brokenOff, .timeout: self.init(.unavailable, "\(error)\(Self.again(error, weights))")
    case .noLibrary, .noHost, .noConnection, .untrusted, .redirects, .badRedirect, .status, .notHTTP, .other:
      self.init(.unavailable, "\(error)\(byHand)")
    }
  }

  /// The way to go on with what has arrived.
  private static func again(_ error: TransferError, _ weights: PublishedWeights) -> Remark {
    guard error.keptByteCount > 0 else { return "\nreszoo: run the same command again to try once more" }
    guard !weights.hasWholeDigest else {
      return "\nreszoo: the part that has arrived is kept; run the same command again to continue"
    }
    return """

      reszoo: the part that has arrived is kept; run the same command again with --allow-weak-check to continue, or without to \
      begin anew: only \(weights.digestText) are known, which do not tell whether somebody changed the part
      """
  }
}
