import Files
import Foundation
import Messages
import TensorCore
import TestSupport
import Testing

@testable import WeightFiles

/// NumPy's archives and pickles, and Keras's HDF5. Files and `expected.json` by `tools/fixtures/make_array_fixtures.py`.
@Suite struct ArrayTests {
  private let folder = TemporaryFolder()

  private static func path(_ name: String) -> String { WeightFixtures.path("arrays/" + name) }

  private static let expected: [String: [PyTorchFixtures.Expected]] = {
    guard let data = try? Data(contentsOf: URL(filePath: path("expected.json"))),
      let table = try? JSONDecoder().decode([String: [PyTorchFixtures.Expected]].self, from: data)
    else { return [:] }
    return table
  }()

  static let names = [
    "deflated.npz", "legacy.h5", "model.keras", "numbered.weights.h5", "protocol2.pkl", "protocol3.pkl",
    "protocol4.pkl", "protocol5.pkl", "python2.pkl", "stored.npz", "table.npy",
  ]

  @Test func thereAreFixtures() { #expect(Self.expected.keys.sorted() == Self.names) }

  @Test(arguments: names)
  func everyArrayIsWhatWasWritten(name: String) throws {
    let source = try openWeights(Self.path(name))
    let expected = try #require(Self.expected[name])
    #expect(source.tensors.map(\.name) == expected.map(\.name))
    for (index, row) in expected.enumerated() {
      let tensor = try source.read(index)
      #expect(tensor.shape.dimensions == row.shape, "\(row.name)")
      #expect(tensor.widened().sha256 == row.sha256, "\(row.name)")
      #expect(try source.elements(index).compare(with: tensor).firstDifference == nil, "\(row.name)")
    }
    _ = try source.finish()
  }

  @Test func whatIsNoWeightIsSaid() throws {
    let notes = try openWeights(Self.path("legacy.h5")).notes.map(\.description)
    #expect(notes == ["left out: 1 arrays of the optimizer, unread"])
  }

  @Test func theNewerLayoutIsRefusedWithAWayOut() {
    let error = #expect(throws: WeightFileError.self) { try openWeights(Self.path("newer.h5")) }
    #expect(error?.code == .unsupportedVersion)
    #expect(error?.message.contains("libver='earliest'") == true)
  }

  @Test(arguments: [
    "(4611686018427387904,)", "(4611686018427387904, 0)", "(1099511627776, 1099511627776, 0)",
  ])
  func extentsThatOverflowAreNotTold(shape: String) throws {
    var zip = Zip(pickle: [])
    zip.entries = [
      Zip.Entry("sound.npy", Self.array("<f4", "(4,)", byteCount: 16)),
      Zip.Entry("other.npy", Self.array("<c16", shape, byteCount: 16)),
    ]
    let source = try openWeights(folder.write(zip.bytes, to: "x.npz"))
    #expect(source.tensors.map(\.shape) == [Shape([4]), Shape([])])
    #expect(source.tensors.map(\.isSuitable) == [true, false])
    // Of a type that is read, such an array is refused.
    zip.entries[1] = Zip.Entry("other.npy", Self.array("<f4", shape, byteCount: 0))
    let error = #expect(throws: WeightFileError.self) {
      try openWeights(folder.write(zip.bytes, to: "x.npz"))
    }
    #expect(error?.code == .invalidTensor)
  }

  /// Opens an archive of one array of float32 with this header.
  private func header(_ text: String, version: UInt8 = 1) throws -> any WeightSource {
    let length = Pickle.little(UInt16(text.utf8.count)) + (version == 1 ? [] : [0, 0])
    let array = [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(text.utf8)
    var zip = Zip(pickle: [])
    zip.entries = [Zip.Entry("w.npy", array + Array(repeating: 0, count: 16))]
    return try openWeights(folder.write(zip.bytes, to: "x.npz"))
  }

  @Test(arguments: [
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 4), }           \n",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 4)}",
    "{'shape':(1,4,),'fortran_order':False,'descr':'<f4'}",
    " { \"shape\" : ( 1 , 4 ) , \"descr\" : \"<f4\" , 'fortran_order' : False , } \n",
  ])
  func `a header may be written in several ways`(text: String) throws {
    for version: UInt8 in 1...3 {
      #expect(try header(text, version: version).tensors.map(\.shape) == [Shape([1, 4])])
    }
  }

  @Test(arguments: [
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'shape': (2, 2)}", "gives 'shape' twice"),
    (
      "{'shape': (4,), 'descr': '<f4', 'fortran_order': False, 'fortran_order': True}",
      "'fortran_order' twice"
    ),
    ("{'descr': '<f4', 'descr': '<i4', 'fortran_order': False, 'shape': (4,)}", "gives 'descr' twice"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'more': ''}", "the key \"more\""),
    ("{'descr': '<f4', 'fortran_order': False, 'sh\\x61pe': (4,)}", "without escapes"),
    ("{'descr': '<' 'f4', 'fortran_order': False, 'shape': (4,)}", "not understood"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4)}", "not understood"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2+2,)}", "not understood"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (0x4,)}", "not understood"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (04,)}", "not understood"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", "not understood"),
    ("{'descr': '<f4', 'fortran_order': False and True, 'shape': (4,)}", "not understood"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4,)} | {'shape': (2, 2)}", "not understood"),
    ("{'descr': '<f4', 'fortran_order': False, # 'shape': (2, 2),\n 'shape': (4,)}", "not understood"),
    ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,)}", "records"),
    ("{'descr': '<f4', 'fortran_order': False}", "lacks"), ("{", "not understood"), ("", "not understood"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4,)}\u{A0}", "ASCII"),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4,)}" + String(repeating: " ", count: 10_000),
      "at most"
    ),
  ])
  func `a header that programs read differently is refused`(text: String, words: String) {
    let error = #expect(throws: WeightFileError.self) { try header(text) }
    #expect(error?.code == .malformedHeader)
    #expect(error?.message.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test(.timeLimit(.minutes(10))) func `long headers of many arrays are refused soon`() {
    let letters = "{" + String(repeating: "e\u{301}", count: 21_000)
    #expect(throws: WeightFileError.self) { try header(letters) }
  }

  @Test func `an array beside an entry that has its name is refused`() {
    var zip = Zip(pickle: [])
    let array = Self.array("<f4", "(4,)", byteCount: 16)
    zip.entries = [Zip.Entry("w.npy", array), Zip.Entry("w", array)]
    let error = #expect(throws: WeightFileError.self) {
      try openWeights(folder.write(zip.bytes, to: "x.npz"))
    }
    #expect(error?.code == .duplicateEntry)
  }

  @Test func `an array whose name lacks the ending is refused with the reason`() {
    var zip = Zip(pickle: [])
    let array = Self.array("<f4", "(4,)", byteCount: 16)
    zip.entries = [Zip.Entry("v.npy", array), Zip.Entry("w", array)]
    let error = #expect(throws: WeightFileError.self) {
      try openWeights(folder.write(zip.bytes, to: "x.npz"))
    }
    #expect(error?.code == .malformedArchive)
    #expect(error?.message.contains("'w' lacks the ending '.npy'") == true)
  }

  /// A file of NumPy's with one array of zeros.
  private static func array(_ type: String, _ shape: String, byteCount: Int) -> [UInt8] {
    let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }"
    let padded = header + String(repeating: " ", count: (64 - (header.utf8.count + 11) % 64) % 64) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + Pickle.little(UInt16(padded.utf8.count))
      + Array(padded.utf8)
      + Array(repeating: 0, count: byteCount)
  }

  // MARK: HDF5

  /// The places of the layouts of arrays of four floats in `legacy.h5`: version, class, address and size of the elements.
  private static func layouts(in bytes: [UInt8]) -> [Int] {
    bytes.indices.dropLast(18).filter { place in
      bytes[place...].starts(with: [3, 1]) && bytes[(place + 10)...].starts(with: Pickle.little(UInt64(16)))
        && bytes[(place + 4)..<(place + 10)].allSatisfy { $0 == 0 }
    }
  }

  /// Opens `legacy.h5` after a change of the layouts of arrays of four floats.
  private func changed(_ change: (inout [UInt8], Int) -> Void) throws -> any WeightSource {
    var bytes = readFile(Self.path("legacy.h5"))
    let layouts = Self.layouts(in: bytes)
    try #require(layouts.count == 5)
    for place in layouts { change(&bytes, place) }
    return try openWeights(folder.write(bytes, to: "x.h5"))
  }

  @Test(arguments: [12, 20, 8000])
  func anArrayHasTheBytesOfItsElements(size: Int) {
    let error = #expect(throws: WeightFileError.self) {
      try changed { bytes, place in
        bytes.replaceSubrange(place + 2..<place + 18, with: Pickle.little(0) + Pickle.little(size))
      }
    }
    #expect(error?.code == (size < 16 ? .outOfRange : .invalidTensor))
  }

  @Test func arraysDoNotLieOverEachOther() {
    let error = #expect(throws: WeightFileError.self) {
      try changed { bytes, place in
        // 4000 floats from the first byte on, in each of them.
        bytes.replaceSubrange(place + 2..<place + 18, with: Pickle.little(0) + Pickle.little(16000))
        let extents = [UInt8](Pickle.little(4))
        guard let extent = (0..<place).reversed().first(where: { bytes[$0..<$0 + 8].elementsEqual(extents) })
        else {
          return
        }
        for start in [extent - 8, extent] where bytes[start..<start + 8].elementsEqual(extents) {
          bytes.replaceSubrange(start..<start + 8, with: Pickle.little(4000))
        }
      }
    }
    #expect(error?.code == .tensorExpansion, "\(error?.description ?? "")")
  }

  @Test(arguments: [(2, "compressed or in chunks"), (0, "in the header"), (1, "not written")])
  func elementsInAnotherPlaceAreNotReadAndSaidWhy(kind: UInt8, words: String) throws {
    let source = try changed { bytes, place in
      bytes[place + 1] = kind
      if kind == 1 { bytes.replaceSubrange(place + 2..<place + 10, with: Pickle.little(UInt64.max)) }
    }
    let index = try #require(source.tensors.firstIndex { !$0.isSuitable })
    let error = #expect(throws: WeightFileError.self) { try source.read(index) }
    #expect(error?.message.contains(words) == true && error?.message.contains("save the") == true)
  }

  /// The type of float32, as HDF5 describes it.
  private static let float32: [UInt8] =
    [0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0]

  /// Opens `legacy.h5` after a change of all messages that describe float32: of their bytes, behind a head of 8.
  private func changedTypes(_ change: (inout [UInt8], Int) -> Void) throws -> any WeightSource {
    var bytes = readFile(Self.path("legacy.h5"))
    let places = bytes.indices.dropLast(20).filter { bytes[$0...].starts(with: Self.float32) }
    try #require(places.count >= 5)
    for place in places { change(&bytes, place) }
    return try openWeights(folder.write(bytes, to: "x.h5"))
  }

  @Test(arguments: [1, 2, 3, 8, 10, 12, 13, 14, 15, 16, 17, 18, 19])
  func `floats of another layout are refused by name`(byte: Int) {
    for change: UInt8 in [2, 4, 8] {
      let error = #expect(throws: WeightFileError.self) {
        try changedTypes { bytes, place in bytes[place + byte] ^= change }
      }
      #expect(error?.code == .unsupportedTensor, "\(error?.description ?? "")")
      #expect(error?.message.contains("has floats of 4 bytes whose bits have another meaning") == true)
    }
  }

  @Test func `a type that is described elsewhere is not read`() throws {
    let source = try changedTypes { bytes, place in
      if place % 3 == 0 { bytes[place - 4] |= 2 }
    }
    #expect(source.tensors.contains { !$0.isSuitable && $0.type.contains("described elsewhere") })
  }

  @Test(arguments: [(7, "other files"), (3, "several types of elements"), (8, "several places of elements")])
  func `an array with a second description is refused`(type: UInt8, words: String) throws {
    var bytes = readFile(Self.path("legacy.h5"))
    let places = bytes.indices.dropLast(20).filter { bytes[$0...].starts(with: Self.float32) }
    // The message behind the type is one of its fill value.
    for place in places {
      let next = place + Int(bytes[place - 6])
      try #require(bytes[next] == 5)
      bytes[next] = type
    }
    let error = #expect(throws: WeightFileError.self) {
      try openWeights(folder.write(bytes, to: "x.h5"))
    }
    #expect(error?.message.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test func `two members of a group with one name are refused`() throws {
    var bytes = readFile(Self.path("legacy.h5"))
    let nodes = bytes.indices.dropLast(128).filter {
      bytes[$0...].starts(with: "SNOD".utf8) && bytes[$0 + 6] > 1
    }
    let node = try #require(nodes.first)
    bytes.replaceSubrange(node + 48..<node + 56, with: Array(bytes[node + 8..<node + 16]))
    let error = #expect(throws: WeightFileError.self) {
      try openWeights(folder.write(bytes, to: "x.h5"))
    }
    #expect(error?.code == .duplicateTensor)
  }

  // MARK: Keras's lists

  @Test func `the order of a file's layers is told`() throws {
    let lists = try #require(try openWeights(Self.path("legacy.h5")).keras)
    #expect(lists.sequences == [["conv1_conv", "conv1_bn", "predictions"]])
    #expect(lists.layers.isEmpty && lists.configuration == nil)
    let numbered = try #require(try openWeights(Self.path("model.keras")).keras)
    #expect(numbered.layers["layers/batch_normalization"] == "conv1_bn")
    #expect(numbered.layers.count == 3 && numbered.sequences.count == 3)
    #expect(numbered.configuration == Array("{}".utf8))
    #expect(try openWeights(Self.path("stored.npz")).keras == nil)
  }

  /// Opens `legacy.h5` after a change of the places of a list's texts, 16 bytes each.
  private func changedList(
    _ text: String, _ change: (inout [ArraySlice<UInt8>]) -> Void
  ) throws -> any WeightSource {
    var bytes = readFile(Self.path("legacy.h5"))
    let word = text == "layers" ? "layer_names\0" : "weight_names\0"
    let lists = bytes.indices.dropLast(128).filter { bytes[$0...].starts(with: word.utf8) }
    // The second list of arrays is that of the norm.
    let list = try #require(lists.dropFirst(text == "layers" ? 0 : 1).first)
    let count = text == "layers" ? 3 : 4
    let start = list + 16 + 16 + 8 + 24
    var references = (0..<count).map { bytes[(start + 16 * $0)..<(start + 16 * $0 + 16)] }
    change(&references)
    bytes.replaceSubrange(start..<start + 16 * count, with: references.joined())
    return try openWeights(folder.write(bytes, to: "x.h5"))
  }

  @Test func `lists that are left as they are change nothing`() throws {
    for text in ["layers", "norm"] { #expect(try changedList(text) { _ in }.tensors.count == 8) }
  }

  @Test(arguments: [(0, 1), (1, 2), (2, 3), (0, 3)])
  func `arrays of a norm in another order than their names are refused`(first: Int, second: Int) {
    let error = #expect(throws: WeightFileError.self) { try changedList("norm") { $0.swapAt(first, second) } }
    #expect(error?.code == .malformedHeader)
    #expect(error?.message.contains("'conv1_bn' lists") == true, "\(error?.message ?? "")")
    #expect(error?.message.hasSuffix("do not trust this file") == true)
  }

  @Test func `a layer's array that is listed twice is refused`() {
    let error = #expect(throws: WeightFileError.self) { try changedList("norm") { $0[1] = $0[0] } }
    #expect(error?.message.hasSuffix("do not trust this file") == true, "\(error?.message ?? "")")
  }

  @Test func `layers in another order are told in this order`() throws {
    let source = try changedList("layers") { $0.swapAt(0, 2) }
    #expect(source.keras?.sequences == [["predictions", "conv1_bn", "conv1_conv"]])
  }

  @Test func `layers that are listed twice, and arrays of layers that are in no list, are refused`() {
    let error = #expect(throws: WeightFileError.self) { try changedList("layers") { $0[1] = $0[0] } }
    #expect(error?.message.contains("a layer is listed twice") == true, "\(error?.message ?? "")")
  }

  /// Opens `legacy.h5` with other words for some that have as many letters.
  private func renamed(_ words: (String, String)...) throws -> any WeightSource {
    var bytes = readFile(Self.path("legacy.h5"))
    for (old, new) in words {
      let place = try #require(bytes.indices.first { bytes[$0...].starts(with: old.utf8) }, "\(old)")
      bytes.replaceSubrange(place..<place + old.utf8.count, with: Array(new.utf8))
    }
    return try openWeights(folder.write(bytes, to: "x.h5"))
  }

  @Test(arguments: [
    (["conv1_bn/gamma:0", "conv1_bn/gamme:0"], "which its group does not have"),
    (["layer_names", "layer_namet"], ""),
    (["weight_names\0", "weight_namez\0"], "is in no layer's list"),
    (["model_weights", "modem_weights"], "lists of layers stand in '/modem_weights'"),
  ])
  func `lists that do not fit the groups are refused`(words: [String], message: String) throws {
    if message.isEmpty {
      #expect(try renamed((words[0], words[1])).keras?.sequences.isEmpty == true)
      return
    }
    let error = #expect(throws: WeightFileError.self) { try renamed((words[0], words[1])) }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test func `a link in place of an array is refused by name`() throws {
    var bytes = readFile(Self.path("legacy.h5"))
    let node = try #require(
      bytes.indices.dropLast(128).first { bytes[$0...].starts(with: "SNOD".utf8) && bytes[$0 + 6] == 4 })
    bytes.replaceSubrange(node + 16..<node + 24, with: Pickle.little(UInt64.max))
    bytes[node + 24] = 2
    let error = #expect(throws: WeightFileError.self) { try openWeights(folder.write(bytes, to: "x.h5")) }
    #expect(
      error?.message.contains("is a link to another place in the file") == true, "\(error?.message ?? "")")
  }

  /// An object whose attribute `layer_names` has a text of 100,000 bytes in a heap, several times.
  private func header(ofTexts count: Int) throws -> (HDF5Header, HDF5Bytes) {
    let heap = 1 << 16
    var attribute: [UInt8] =
      [3, 0] + Pickle.little(UInt16(12)) + Pickle.little(UInt16(8)) + Pickle.little(UInt16(12)) + [0]
    attribute += Array("layer_names\0".utf8) + [0x19, 1, 0, 0, 16, 0, 0, 0]
    attribute += [2, 1, 0, 1] + Pickle.little(UInt64(count))
    for _ in 0..<count {
      attribute += Pickle.little(UInt32(100_000)) + Pickle.little(UInt64(heap)) + Pickle.little(UInt32(1))
    }
    var bytes: [UInt8] = [1] + Array(repeating: 0, count: 7) + Pickle.little(UInt32(attribute.count + 8))
    bytes += Array(repeating: 0, count: 4)
    bytes += Pickle.little(UInt16(0x0C)) + Pickle.little(UInt16(attribute.count)) + [0, 0, 0, 0] + attribute
    bytes += Array(repeating: 0, count: heap - bytes.count)
    bytes += Array("GCOL".utf8) + [1, 0, 0, 0] + Pickle.little(UInt64(100_032))
    bytes += Pickle.little(UInt16(1)) + Array(repeating: 0, count: 6) + Pickle.little(UInt64(100_000))
    bytes += Array(repeating: UInt8(ascii: "a"), count: 100_000)
    let file = try InputFile(path: folder.write(bytes, to: "texts.h5"))
    let reader = HDF5Bytes(file: file, range: 0..<bytes.count)
    return (try HDF5Header(reader, at: 0), reader)
  }

  @Test func `texts at one place take no more memory than the file has bytes`() throws {
    let (sound, bytes) = try header(ofTexts: 2)
    #expect(
      try HDF5AttributeTable(sound, of: "/", in: bytes).texts(of: "layer_names")?.map(\.count) == [
        100_000, 100_000,
      ])
    let (hostile, others) = try header(ofTexts: 3000)
    #expect(throws: WeightFileError.self) {
      try HDF5AttributeTable(hostile, of: "/", in: others).texts(of: "layer_names")
    }
  }

  @Test(.timeLimit(.minutes(10))) func `a list in thousands of parts is read in one look at them`() throws {
    var parts: [UInt8] = []
    for part in 0..<4000 {
      let name = Array("weight_names\(part)\0".utf8)
      let attribute =
        [3, 0] + Pickle.little(UInt16(name.count)) + Pickle.little(UInt16(8)) + Pickle.little(UInt16(12)) + [
          0
        ]
        + name + [0x13, 0, 0, 0, 1, 0, 0, 0] + [2, 1, 0, 1] + Pickle.little(UInt64(1)) + [UInt8(ascii: "a")]
      parts +=
        Pickle.little(UInt16(0x0C)) + Pickle.little(UInt16(attribute.count)) + [0, 0, 0, 0] + attribute
    }
    let start = [1] + Array(repeating: 0, count: 7) + Pickle.little(UInt32(parts.count))
    let bytes: [UInt8] = start + Array(repeating: 0, count: 4) + parts
    let file = try InputFile(path: folder.write(bytes, to: "parts.h5"))
    let reader = HDF5Bytes(file: file, range: 0..<bytes.count)
    let table = try HDF5AttributeTable(HDF5Header(reader, at: 0), of: "/", in: reader)
    let names = try KerasLayerLists.list("weight_names", of: [], table, in: reader)
    #expect(names == Array(repeating: "a", count: 4000))
  }

  @Test func `a Keras archive without its configuration is refused`() throws {
    var bytes = readFile(Self.path("model.keras"))
    for place in bytes.indices.dropLast(11) where bytes[place...].starts(with: "config.json".utf8) {
      bytes[place] = UInt8(ascii: "x")
    }
    let error = #expect(throws: WeightFileError.self) { try openWeights(folder.write(bytes, to: "x.keras")) }
    #expect(error?.code == .missingEntry && error?.message.contains("'config.json'") == true)
  }

  /// Whatever is changed or cut off, reading ends with tensors or an error.
  @Test(.timeLimit(.minutes(10)), arguments: names + ["newer.h5"])
  func damageNeverCrashes(name: String) {
    let original = readFile(Self.path(name))
    var random = HostileFileTests.SeededGenerator(seed: 5)
    for round in 0..<400 {
      var bytes = original
      if round % 4 == 0 { bytes = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &random))) }
      for _ in 0..<(1 + round % 5) where !bytes.isEmpty {
        bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
      }
      _ = try? openWeights(folder.write(bytes, to: name)).readAll()
    }
  }
}
