import Foundation
import TestSupport
import Testing

/// The folder of the specification's vectors.
enum VectorFolder {
  static let path = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/spec/vectors"
}

/// The networks of spec/vectors through the command. `tools/fixtures/make_network_vectors.py` makes them.
@Suite struct NetworkVectorCommandTests {
  private func files(_ list: String) throws -> [String] {
    let manifest = try JSONSerialization.jsonObject(
      with: Data(readFile(VectorFolder.path + "/networks.json")))
    let vectors = try #require((manifest as? [String: [[String: Any]]])?[list])
    return vectors.compactMap { $0["file"] as? String }.map { VectorFolder.path + "/" + $0 }
  }

  @Test func `every network is sound and answers as its trace says`() throws {
    let files = try files("valid")
    let outcome = try Sandbox().run(["verify", "--run"] + files)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.text.split(separator: "\n").count == files.count)
  }

  @Test func `what is no network is not sound`() throws {
    let files = try files("invalid")
    let outcome = try Sandbox().run(["verify"] + files)
    expectFailure(outcome, code: 1, saying: "\(files.count) of \(files.count) files are not sound")
  }
}
