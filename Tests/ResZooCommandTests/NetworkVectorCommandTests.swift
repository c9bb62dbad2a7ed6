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

  @Test func `the JSON of what is no network has the code of the rule`() throws {
    let manifest = try JSONSerialization.jsonObject(
      with: Data(readFile(VectorFolder.path + "/networks.json")))
    let vectors = try #require((manifest as? [String: [[String: Any]]])?["invalid"])
    let outcome = try Sandbox().run(["verify", "--json"] + files("invalid"))
    let codes = try outcome.text.split(separator: "\n").map { line in
      let record = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return (record?["error"] as? [String: Any])?["code"] as? String
    }
    // The command verifies the container whole before it looks at the network.
    let wanted = vectors.map { vector in
      vector["file"] as? String == "networks/bad-both-metadata-and-tensor.rzoo"
        ? "chunkChecksum" : vector["error"] as? String
    }
    #expect(codes == wanted)
  }
}
