import FuzzTargets
import TestSupport
import Testing

/// Feeds what fuzzing kept to the readers again: `tools/fuzz/corpus/TARGET/*`, which `tools/fuzz/run TARGET --keep` fills.
@Suite struct CorpusTests {
  private static let folder =
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/tools/fuzz/corpus"

  @Test(.timeLimit(.minutes(10)), arguments: FuzzTarget.all.map(\.name))
  func noInputOfTheCorpusCrashesOrBreaksAPromise(name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let folder = Self.folder + "/" + name
    let inputs = TemporaryFolder.names(in: folder)
    #expect(inputs.count >= 10, "the corpus of \(name) is missing")
    var outcomes: Set<String> = []
    for input in inputs {
      for outcome in target.feed(readFile(folder + "/" + input)) { outcomes.insert(outcome ?? "accepted") }
    }
    // A forged checkpoint has no right content root: that is looked at last, when all of it was read.
    let isThrough = outcomes.contains("accepted") || outcomes.contains("contentRootMismatch")
    #expect(isThrough, "nothing of the corpus gets through: \(outcomes)")
  }
}
