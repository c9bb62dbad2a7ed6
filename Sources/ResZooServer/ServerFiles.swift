import Files
import NIOSSL
import ResZoo

/// Files that say who may use the server.
enum ServerFiles {
  private static let limit = 1 << 20

  /// The secret in a file, without the line's end.
  static func token(_ path: String) throws -> [UInt8] {
    var bytes = try InputFile(path: path).readAll(limit: 4096)
    while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
    guard bytes.count >= 16, bytes.allSatisfy({ (0x21..<0x7F).contains($0) }) else {
      throw ServerFailure(
        "\(path): a token is one line of at least 16 letters, digits and signs, without spaces")
    }
    return bytes
  }

  /// A key to check signatures with: a file, or its 64 digits.
  static func verifyingKey(_ given: String) throws -> VerifyingKey {
    if FileIdentity(path: given) == nil, given.utf8.count == 64 {
      return try VerifyingKey(text: Array(given.utf8))
    }
    return try VerifyingKey(text: try InputFile(path: given).readAll(limit: limit))
  }

  /// The settings of encrypted connections.
  static func tls(_ files: GRPCListener.TLSFiles) throws -> NIOSSLContext {
    if let authorities = files.clientAuthorities {
      guard let found = try? NIOSSLCertificate.fromPEMFile(authorities), !found.isEmpty else {
        throw ServerFailure("\(authorities): holds no certificates of authorities (PEM)")
      }
    }
    do {
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: try NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) },
        privateKey: .privateKey(try NIOSSLPrivateKey(file: files.privateKey, format: .pem)))
      configuration.minimumTLSVersion = .tlsv12
      if let authorities = files.clientAuthorities {
        configuration.trustRoots = .file(authorities)
        configuration.certificateVerification = .noHostnameVerification
      }
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw ServerFailure(
        "\(files.certificate), \(files.privateKey): no certificate with its private key, both PEM, to serve with"
      )
    }
  }
}
