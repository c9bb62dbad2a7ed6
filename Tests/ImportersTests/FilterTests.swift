import Foundation
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing

@testable import Importers

/// Fixed filters of anti-aliasing beside weights are the network's, or refused.
@Suite struct FilterTests {
  /// A file of a small network with blurs, and fixed filters in their places.
  private func file(
    _ line: [Float], names: [String] = ["maxpool.1", "layer2.0.aa"], areWhole: Bool = false
  ) throws -> (TemporaryFolder, String) {
    let net = Architecture(
      input: .init(), stem: .init(kind: .conv7x7, widths: [4], pool: true),
      stages: [.init(blocks: 1, width: 4, stride: 1), .init(blocks: 1, width: 8, stride: 2)], block: .basic,
      classes: 3)
    var entries: [String: [String: Any]] = [:]
    var data = Data()
    func add(_ name: String, _ shape: [Int], _ values: [Float]) {
      let start = data.count
      for value in values {
        let bits = value.bitPattern
        data.append(contentsOf: (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) })
      }
      entries[name] = ["dtype": "F32", "shape": shape, "data_offsets": [start, data.count]]
    }
    let square = line.flatMap { row in line.map { row * $0 } }
    for name in names {
      let channels = name.hasPrefix("maxpool") ? 4 : 8
      let shape = [channels, 1, line.count, line.count]
      guard areWhole else {
        add("\(name).filt", shape, (0..<channels).flatMap { _ in square })
        continue
      }
      let count = shape.reduce(8, *)
      entries["\(name).filt"] = [
        "dtype": "I64", "shape": shape, "data_offsets": [data.count, data.count + count],
      ]
      data.append(Data(count: count))
    }
    for parameter in try Graph(net).parameters {
      add(
        parameter.name, parameter.shape.dimensions, Array(repeating: 0.5, count: parameter.shape.elementCount)
      )
    }
    var header = [UInt8](try JSONSerialization.data(withJSONObject: entries))
    header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
    let size = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    let folder = TemporaryFolder()
    return (folder, folder.write(size + header + data, to: "net.safetensors"))
  }

  @Test func timmsFiltersAreThoseOfTheNetwork() throws {
    let (folder, path) = try file([0.25, 0.5, 0.25])
    defer { _ = folder }
    #expect(try importWeights(path).model.descriptor.architecture.antialias == .blur)
  }

  @Test func filtersOfWholeNumbersAreRefused() throws {
    let (folder, path) = try file([0.25, 0.5, 0.25], areWhole: true)
    defer { _ = folder }
    let error = #expect(throws: ImportError.self) { try importWeights(path) }
    #expect(error?.message.contains("its numbers are not those of") == true, "\(error?.message ?? "")")
  }

  static let strangers: [(line: [Float], names: [String])] = [
    ([0.125, 0.375, 0.375, 0.125], ["maxpool.1", "layer2.0.aa"]),
    ([0.5, 0.25, 0.25], ["maxpool.1", "layer2.0.aa"]),
    ([0.25, 0.5, 0.25], ["maxpool.1", "layer2.0.aa", "layer2.0.downsample.0"]),
    ([0.25, 0.5, 0.25], ["maxpool.1"]), ([0.25, 0.5, 0.25], ["maxpool.1", "layer2.0.conv2.0"]),
  ]

  @Test(arguments: strangers)
  func otherFiltersAreRefused(line: [Float], names: [String]) throws {
    let (folder, path) = try file(line, names: names)
    defer { _ = folder }
    let error = #expect(throws: ImportError.self) { try importWeights(path) }
    #expect(error?.code == .architecture)
    #expect(error?.message.contains("which no descriptor expresses") == true, "\(error?.message ?? "")")
    // Whoever knows that they are nothing of the network may leave them out.
    let options = ImportOptions(renamings: [Renaming(old: "filt", new: "")])
    #expect(
      try importWeights(path, options: options).model.descriptor.architecture.antialias
        == Architecture.Antialias.none)
  }
}
