import CheckpointFormat
import Crypto
import Foundation
import Inference
import Kernels
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing
import Threads

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
      var bits: Bits?
    }

    /// SHA-256 of the integers of each map, and the bits of the logits where integers lead to them.
    struct Bits: Decodable {
      var maps: [String: String]
      var logits: [UInt32?]?
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
      let trace = GoldenTrace(seed: network.seed, inputSize: network.inputSize, logits: network.logits)
      let deviation = try trace.replay(on: model)
      #expect(
        deviation <= GoldenTrace.tolerance(for: model.descriptor.architecture),
        "\(network.file): \(deviation)")
      #expect(model.descriptor.trace == trace, "\(network.file)")
    }
  }

  @Test func quantizedNetworksGiveTheBitsOfTheManifest() throws {
    let networks = try manifest().valid.filter { $0.bits != nil }
    #expect(networks.count >= 11)
    for network in networks {
      let bits = try #require(network.bits)
      let model = try Model(try stack(network.file))
      let graph = model.graph
      let maps = bits.maps.keys.compactMap { name in graph.nodes.firstIndex { $0.name == name } }
      #expect(maps.count == bits.maps.count)
      for table in ByteKernelTable.available {
        let plan = try InferencePlan(
          model, height: network.inputSize[1], width: network.inputSize[2],
          outputs: maps + [graph.nodes.count - 1], pool: WorkerPool(threads: 1), byteKernels: table)
        let session = try InferenceSession(plan: plan, threads: 1)
        let logits = try session.logits(for: GoldenTrace.input(seed: network.seed, size: network.inputSize))
        for (index, want) in (bits.logits ?? []).enumerated() where want != nil {
          #expect(
            logits.values[index].bitPattern == want, "\(network.file) with \(table.name), logit \(index)")
        }
        for map in maps {
          let name = graph.nodes[map].name
          let scale = try #require(model.quantization?.maps[name])
          let bytes = session.withOutput(map, of: 0) { values in
            let channels = plan.shape(of: map).channels
            return (0..<channels).flatMap { channel in
              stride(from: channel, to: values.count, by: channels).map { index in
                UInt8((values[index] / scale.scale + Float(scale.zeroPoint)).rounded())
              }
            }
          }
          #expect(
            SHA256.hash(data: bytes).map { $0.hexadecimal }.joined() == bits.maps[name],
            "\(network.file) with \(table.name), \(name)")
        }
      }
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

extension UInt8 {
  /// The byte in two digits.
  fileprivate var hexadecimal: String { (self < 16 ? "0" : "") + String(self, radix: 16) }
}
