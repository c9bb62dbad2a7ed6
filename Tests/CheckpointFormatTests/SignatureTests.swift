import TensorCore
import TestSupport
import Testing

@testable import CheckpointFormat

/// FORMAT §12.
@Suite struct SignatureTests {
  let folder = TemporaryFolder()

  /// A pair that `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` made for this test; it signs nothing else.
  static let privatePEM = """
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VwBCIEIKK6gd92ZWJErnKthA3kb8Y4bKWW2F97kJ25TXWiJJ+f
    -----END PRIVATE KEY-----

    """
  static let publicPEM = """
    -----BEGIN PUBLIC KEY-----
    MCowBQYDK2VwAyEAXt//bLOCr2GBvkerZwK3Ye4eH/8YnQgcA0cpNEJ8wEo=
    -----END PUBLIC KEY-----

    """
  static let publicHex = "5edfff6cb382af6181be47ab6702b761ee1e1fff189d081c03472934427cc04a"

  private func key() throws -> SigningKey { try SigningKey(text: Array(Self.privatePEM.utf8)) }

  /// The sample, signed by these keys.
  private func signed(by keys: [SigningKey], _ name: String = "test.rzoo") throws -> CheckpointReader {
    try CheckpointWriter.write(
      architectureJSON: Sample.architecture, metadataJSON: Sample.metadata, tensors: Sample.small,
      to: folder.file(name))
    let reader = try CheckpointReader(path: folder.file(name))
    let signatures = try keys.map { key in try reader.index.signature(by: key) }
    try reader.rewrite(signatures: signatures, to: folder.file(name))
    return try CheckpointReader(path: folder.file(name))
  }

  private func code(_ index: CheckpointIndex, _ key: VerifyingKey?) -> CheckpointError.Code? {
    do throws(CheckpointError) {
      try index.checkSignatures(by: key)
      return nil
    } catch {
      return error.code
    }
  }

  @Test func keysAreReadAndWrittenAsOpenSSLDoes() throws {
    let key = try key()
    #expect(key.pem == Self.privatePEM)
    #expect(key.verifyingKey.pem == Self.publicPEM)
    #expect(key.verifyingKey.hex == Self.publicHex)
    #expect(try VerifyingKey(text: Array(Self.publicPEM.utf8)).hex == Self.publicHex)
    #expect(try VerifyingKey(text: Array((Self.publicHex + "\n").utf8)).hex == Self.publicHex)
    let windows = Self.publicPEM.replacing("\n", with: "\r\n")
    #expect(try VerifyingKey(text: Array(("comment\r\n" + windows).utf8)).hex == Self.publicHex)
    // RFC 8032, section 7.1, test 1.
    let raw = try SigningKey(
      text: Array("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60".utf8))
    #expect(raw.verifyingKey.hex == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    #expect(SigningKey().pem != SigningKey().pem)
  }

  @Test func keysOnOneLineAreRead() throws {
    for separator in ["", " ", "  \t"] {
      let pem = Self.publicPEM.replacing("\n", with: separator)
      #expect(try VerifyingKey(text: Array(pem.utf8)).hex == Self.publicHex)
      let secret = Self.privatePEM.replacing("\n", with: separator)
      #expect(try SigningKey(text: Array(secret.utf8)).verifyingKey.hex == Self.publicHex)
      #expect(throws: CheckpointError(.badKey, "")) { try VerifyingKey(text: Array(secret.utf8)) }
    }
    let unended = Self.publicPEM.prefix { $0 != "\n" } + "MCowBQYDK2VwAyEA"
    #expect {
      try VerifyingKey(text: Array(unended.utf8))
    } throws: { ($0 as? CheckpointError)?.message.contains("is damaged") == true }
  }

  /// The y of the points whose order divides 8; 2²⁵⁵ − 19 and the number after it stand for the first two once more.
  private static let smallOrder = [
    "00" + String(repeating: "0", count: 62), "01" + String(repeating: "0", count: 62),
    "ec" + String(repeating: "f", count: 60) + "7f", "ed" + String(repeating: "f", count: 60) + "7f",
    "ee" + String(repeating: "f", count: 60) + "7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  ]

  private static func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(16 * digits[$0] + digits[$0 + 1]) }
  }

  @Test(arguments: smallOrder) func aKeyOfSmallOrderIsNone(hex: String) throws {
    for sign: UInt8 in [0, 0x80] {
      var key = Self.bytes(hex)
      key[31] |= sign
      #expect(throws: CheckpointError(.badKey, "")) { try VerifyingKey(bytes: key) }
      let text = key.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
      #expect {
        try VerifyingKey(text: Array(text.utf8))
      } throws: { ($0 as? CheckpointError)?.message.contains("small order") == true }
      // The signature that fits every message under the neutral point, and one message in eight under the others.
      let neutral: [UInt8] = [1] + [UInt8](repeating: 0, count: 31)
      let forge = try signSection { $0 = [1, 1, 32, 64] + key + neutral + [UInt8](repeating: 0, count: 32) }
      let index = try CheckpointReader(path: folder.write(forge.bytes(), to: "weak.rzoo")).index
      #expect(code(index, nil) == .signatureMismatch)
    }
  }

  @Test func encodingsThatTheStandardExcludesAreNoKeys() throws {
    for low in UInt8(0xED)...0xFF {
      for high: UInt8 in [0x7F, 0xFF] {
        let key = [low] + [UInt8](repeating: 0xFF, count: 30) + [high]
        #expect(throws: CheckpointError(.badKey, "")) { try VerifyingKey(bytes: key) }
      }
    }
    for _ in 0..<20 {
      #expect(throws: Never.self) { try VerifyingKey(bytes: SigningKey().verifyingKey.bytes) }
    }
  }

  @Test func ofOneGoodAndOneBadSignatureTheBadOneIsNamed() throws {
    let (good, bad) = (try key(), SigningKey())
    let plain = try CheckpointReader(path: folder.write(Forge().bytes(), to: "plain.rzoo")).index
    let right = try plain.signature(by: good)
    let wrong = CheckpointSignature(
      algorithm: 1, publicKey: try plain.signature(by: bad).publicKey, value: right.value)
    var forge = Forge()
    forge.sections.append(
      .init(kind: "sign", content: SignatureList([wrong, right]).encoded(), flags: 0, sinceVersion: 2))
    let index = try CheckpointReader(path: folder.write(forge.bytes(), to: "two.rzoo")).index
    for key in [nil, good.verifyingKey] {
      let error = #expect(throws: CheckpointError.self) { try index.checkSignatures(by: key) }
      #expect(error?.code == .signatureMismatch)
      #expect(
        error?.message.hasPrefix(
          "the signature by \(wrong.publicKeyHex) is not one of this file, though the signature by \(Self.publicHex) is"
        )
          == true, "\(error?.message ?? "")")
    }
  }

  @Test func whatIsNoKeySaysWhatItIs() {
    let rsa = "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"
    for (text, words) in [
      ("", "is no key"), ("hello", "is no key"), (Self.publicPEM, "holds 'PUBLIC KEY'"),
      (rsa, "RSA PRIVATE KEY"),
      (rsa.replacing("RSA", with: "ENCRYPTED"), "openssl pkey"),
      (rsa.replacing("RSA ", with: ""), "not an Ed25519 key"),
      (rsa.replacing("RSA", with: "A\nB\u{1B}"), "holds 'A\\u{a}B\\u{1b} PRIVATE KEY'"),
      (String(Self.privatePEM.dropLast(20)), "damaged"),
      (Self.privatePEM.replacing("MC4C", with: "M*4C"), "damaged"),
      (Self.privatePEM.replacing("MC4C", with: "MC4D"), "not an Ed25519 key"),
      (String(repeating: "g", count: 64), "is no key"), (String(repeating: "+1", count: 32), "is no key"),
    ] {
      #expect { try SigningKey(text: Array(text.utf8)) } throws: { error in
        let error = error as? CheckpointError
        return error?.code == .badKey && error?.message.contains(words) == true
      }
    }
    #expect(throws: CheckpointError(.badKey, "")) { try VerifyingKey(text: Array(Self.privatePEM.utf8)) }
    #expect(throws: CheckpointError(.badKey, "")) { try VerifyingKey(text: [0xFF, 0xFE]) }
  }

  @Test func aSignedFileIsSignedByItsSigner() throws {
    let (first, second) = (try key(), SigningKey())
    let reader = try signed(by: [first, second])
    try reader.verify()
    #expect(reader.index.minimumReaderVersion == 1)
    #expect(code(reader.index, nil) == nil)
    #expect(code(reader.index, first.verifyingKey) == nil)
    #expect(code(reader.index, second.verifyingKey) == nil)
    #expect(code(reader.index, SigningKey().verifyingKey) == .wrongKey)
    let unsigned = try signed(by: [])
    #expect(code(unsigned.index, nil) == nil)
    #expect(code(unsigned.index, first.verifyingKey) == .unsigned)
  }

  @Test func theMessageIsTheOneOfTheSpecification() throws {
    let reader = try signed(by: [])
    let message = CheckpointIndex.signedMessage(
      architectureJSON: Sample.architecture, metadataJSON: Sample.metadata,
      contentRoot: reader.index.contentRoot)
    #expect(message.count == 19 + 3 * 32)
    #expect(message.starts(with: "reszoo signature 1\n".utf8))
    #expect(Array(message.suffix(32)) == reader.index.contentRoot)
    let document = Sample.architecture
    let digest = ContentRoot.digest(of: document.rawBytes)
    #expect(Array(message[19..<51]) == digest)
  }

  @Test func aSignatureOutlivesCodecDeltaAndMerging() throws {
    let key = try key()
    _ = try signed(by: [key])
    try CheckpointWriter.write(
      architectureJSON: Sample.architecture, metadataJSON: Sample.metadata,
      tensors: Array(Sample.small.dropFirst()), to: folder.file("base.rzoo"))
    let stack = try CheckpointStack(path: folder.file())
    try stack.writeDelta(from: CheckpointStack(path: folder.file("base.rzoo")), to: folder.file("delta.rzoo"))
    let delta = try CheckpointStack(path: folder.file("delta.rzoo"))
    try delta.writeComplete(codec: .none, to: folder.file("merged.rzoo"))
    for name in ["delta.rzoo", "merged.rzoo"] {
      #expect(code(try CheckpointReader(path: folder.file(name)).index, key.verifyingKey) == nil)
    }
  }

  @Test func signaturesOfAnotherModelAreNotWritten() throws {
    let key = try key()
    let reader = try signed(by: [key])
    let before = readFile(folder.file())
    #expect(throws: CheckpointError(.signatureMismatch, "")) {
      try reader.rewrite(metadataJSON: [0x7B, 0x7D], signatures: reader.index.signatures, to: folder.file())
    }
    #expect(readFile(folder.file()) == before)
    #expect(folder.names == ["test.rzoo"])
  }

  // Hostile sections.

  private func signSection(_ change: (inout [UInt8]) -> Void) throws -> Forge {
    var content = SignatureList(try signed(by: [key()]).index.signatures).encoded()
    change(&content)
    var forge = Forge()
    forge.sections.append(.init(kind: "sign", content: content, flags: 0, sinceVersion: 2))
    return forge
  }

  private func openFault(_ forge: Forge) -> CheckpointError.Code? {
    fault(of: folder.write(forge.bytes(), to: "forged.rzoo"))?.code
  }

  @Test func sectionsThatBreakARuleAreRefused() throws {
    #expect(openFault(try signSection { _ in }) == nil)
    for count in 0..<100 {
      #expect(openFault(try signSection { $0 = Array($0[..<count]) }) == .badSignatures)
    }
    #expect(openFault(try signSection { $0.append(0) }) == .badSignatures)
    #expect(openFault(try signSection { $0[0] = 0 }) == .badSignatures)
    #expect(openFault(try signSection { $0 = [0] }) == .badSignatures)
    #expect(openFault(try signSection { $0[1] = 0 }) == .badSignatures)
    #expect(openFault(try signSection { $0[2] = 31 }) == .badSignatures)
    // The same key twice, and 17 signatures.
    #expect(openFault(try signSection { $0 = [2] + $0[1...] + $0[1...] }) == .badSignatures)
    let many: [UInt8] = (0..<17).flatMap { [9, 1, 1, UInt8($0), 0] as [UInt8] }
    #expect(openFault(try signSection { $0 = [17] + many }) == .badSignatures)
    #expect(openFault(try signSection { $0 = [16] + many.dropLast(5) }) == nil)
    var twice = try signSection { _ in }
    twice.sections.append(twice.sections[4])
    #expect(openFault(twice) == .badSectionTable)
    var mandatory = try signSection { _ in }
    mandatory.sections[4].flags = 1
    #expect(openFault(mandatory) == .badSectionTable)
  }

  @Test func aSignatureOfAnotherFileIsAMismatch() throws {
    let path = folder.write(try signSection { _ in }.bytes(), to: "forged.rzoo")
    let index = try CheckpointReader(path: path).index
    #expect(code(index, nil) == .signatureMismatch)
    #expect(code(index, try key().verifyingKey) == .signatureMismatch)
  }

  @Test func aDamagedSignatureIsAMismatch() throws {
    let reader = try signed(by: [key()])
    let content = SignatureList(reader.index.signatures).encoded()
    for position in [4, 35, 36, 99] {
      var other = content
      other[position] ^= 1
      let list = try SignatureList(other, at: 0)
      #expect(throws: CheckpointError(.signatureMismatch, "")) {
        try reader.rewrite(signatures: list.signatures, to: folder.file("damaged.rzoo"))
      }
    }
  }

  @Test func algorithmsOfTheFutureAreNoFaultUntilAKeyIsGiven() throws {
    let path = folder.write(try signSection { $0 = [1, 7, 2, 1, 5, 5, 5] }.bytes(), to: "future.rzoo")
    let index = try CheckpointReader(path: path).index
    #expect(index.signatures.map(\.isKnownAlgorithm) == [false])
    #expect(code(index, nil) == nil)
    #expect(code(index, try key().verifyingKey) == .unknownSignatureAlgorithm)
  }
}
