import CheckpointFormat
import Foundation
import Inference
import ModelDescriptor
import ResNetModel
import TestSupport
import Testing

/// The networks of spec/vectors, which every program that runs networks must run or refuse alike (NETWORK §7).
/// `tools/fixtures/make_network_vectors.py` makes them.
@Suite struct NetworkVectorTests {
  static let folder =
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/spec/vectors"

  struct Manifest: Decodable {
    struct Network: Decodable {
      var file: String
      var seed: UInt64
      var inputSize: [Int]
      var logits: [Float]
    }

    struct Fault: Decodable {
      var file: String
      var error: String
      var offset: UInt64
      var field: String
    }

    var valid: [Network]
    var invalid: [Fault]
  }

  private func manifest() throws -> Manifest {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Manifest.self, from: Data(readFile(Self.folder + "/networks.json")))
  }

  private func stack(_ file: String) throws -> CheckpointStack {
    try CheckpointStack(path: Self.folder + "/" + file, bases: BaseSearch(folders: []))
  }

  @Test func networksGiveTheLogitsOfTheManifest() throws {
    let networks = try manifest().valid
    #expect(networks.count >= 100)
    for network in networks {
      let model = try Model(try stack(network.file))
      guard model.quantization == nil else {
        #expect(throws: InferenceError(.quantized, "")) { try InferencePlan(model) }
        continue
      }
      let trace = GoldenTrace(seed: network.seed, inputSize: network.inputSize, logits: network.logits)
      let deviation = try trace.replay(on: model)
      #expect(deviation <= GoldenTrace.tolerance, "\(network.file): \(deviation)")
      #expect(model.descriptor.trace == trace, "\(network.file)")
    }
  }

  @Test func whatIsNoNetworkIsRefusedWithTheCodeOffsetAndMemberOfTheManifest() throws {
    let faults = try manifest().invalid
    #expect(faults.count >= 320)
    for fault in faults {
      let stack = try stack(fault.file)
      do throws(ModelError) {
        _ = try Model(stack)
        Issue.record("\(fault.file): accepted")
      } catch {
        #expect(error.codeName == fault.error, "\(fault.file): \(error)")
        #expect(error.offset(in: stack.index) == fault.offset, "\(fault.file): \(error)")
        switch error {
        case .descriptor(let error): #expect(error.field == fault.field, "\(fault.file): \(error)")
        default: #expect(error.description.contains(fault.field), "\(fault.file): \(error)")
        }
      }
    }
  }

  /// Names of this program's types say nothing to people.
  @Test func messagesNameNoTypes() throws {
    for fault in try manifest().invalid {
      let stack = try stack(fault.file)
      do throws(ModelError) { _ = try Model(stack) } catch {
        for word in [
          "Swift", "Dictionary<", "Array<", "Expected to decode", "UInt", "Double", "Float", "CodingKeys",
        ] {
          #expect(!error.description.contains(word), "\(fault.file): \(error)")
        }
      }
    }
  }
}
