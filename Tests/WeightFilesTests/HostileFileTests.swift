import Messages
import TestSupport
import Testing

@testable import WeightFiles

/// Files that must be refused, each with its own code, and damage that must not crash.
@Suite struct HostileFileTests {
  private let folder = TemporaryFolder()

  private func readAll(_ bytes: [UInt8]) throws(WeightFileError) {
    let source = try openWeights(folder.write(bytes, to: "x.pth"))
    try source.readAll()
    if let file = source.wholeFile { _ = try Fingerprint(file).finish() }
  }

  @Test func thereAreManySpecimens() {
    let specimens = HostilePickles.all + HostileContainers.all
    #expect(specimens.count >= 60)
    #expect(Set(specimens.map(\.label)).count == specimens.count)
  }

  @Test func theAssemblyMakesGoodFiles() throws {
    try readAll(Zip(pickle: Pickle.file(beside: Pickle.calling("net.Thing", [Pickle.int(1)]))).bytes)
    for isNeeded in [true, false] {
      var large = Zip(pickle: Pickle.file(Pickle.dict([("w", Pickle.tensor())])))
      large.large = Zip.Large(isNeeded: isNeeded)
      try readAll(large.bytes)
    }
    try readAll(HostileContainers.goodStream)
    try readAll(HostileContainers.goodTar)
  }

  @Test(.timeLimit(.minutes(10)), arguments: HostilePickles.all + HostileContainers.all)
  func everySpecimenIsRefused(specimen: HostileFile) {
    let error = #expect(throws: WeightFileError.self) { try readAll(specimen.bytes) }
    #expect(error?.code == specimen.code, "\(error?.description ?? "")")
  }

  @Test(arguments: ["types.pth", "views-stream.pth", "types-stream.pth", "views-deflated.pth"])
  func aFileThatEndsTooSoonIsRefusedWhereverItEnds(name: String) throws {
    let bytes = PyTorchFixtures.bytes(name)
    for length in bytes.indices {
      #expect(throws: WeightFileError.self, "\(length)") { try readAll(Array(bytes.prefix(length))) }
    }
  }

  @Test(arguments: [
    "types.pth", "views.pth", "views-stream.pth", "types-stream.pth", "views-deflated.pth", "tar.pth",
  ])
  func damageNeverCrashes(name: String) throws {
    let original = PyTorchFixtures.bytes(name)
    var random = SeededGenerator(seed: 1)
    for _ in 0..<1000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: bytes.indices, using: &random)
        bytes[index] =
          Bool.random(using: &random) ? .random(in: 0...255, using: &random) : bytes[index] ^ 0x80
      }
      try? readAll(bytes)
    }
  }

  /// Numbers of a linear congruence (Knuth's MMIX), the same in every run.
  struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 33)
    }
  }
}
