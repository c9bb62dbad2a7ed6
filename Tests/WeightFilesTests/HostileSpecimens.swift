import Platform
import TestSupport
import Testing
import WeightFiles

/// Every file of weights that must be refused, by container.
enum HostileSpecimens {
  static let byContainer: [(container: String, files: [HostileFile])] = [
    ("pickle", HostilePickles.all), ("zip", HostileContainers.zips), ("stream", HostileContainers.streams),
    ("tar", HostileContainers.tars), ("another", HostileContainers.others), ("onnx", HostileGraphs.alone),
    (
      "safetensors",
      (SafetensorsErrorTests.malformed + SafetensorsErrorTests.contradictory).map { bad in
        HostileFile(bad.label, bad.code, SafetensorsBytes.file(header: bad.header, data: bad.data))
      }
    ),
  ]
}

/// The specimens as a whole. `tools/robustness/measure_hostile.py` gives them to the command line, one after the other.
@Suite struct HostileSpecimenTests {
  @Test func everyContainerHasSpecimensAndEachItsOwnLabel() {
    for (container, files) in HostileSpecimens.byContainer {
      #expect(files.count >= 8, "\(container)")
      #expect(Set(files.map(\.label)).count == files.count, "\(container)")
    }
    let files = HostileSpecimens.byContainer.flatMap(\.files)
    #expect(files.count >= 200)
    #expect(Set(files.map(\.code)).count >= 30, "few kinds of errors are provoked")
  }

  /// Writes the specimens to the folder that `RESZOO_HOSTILE_FOLDER` names, with a list of their codes.
  @Test(.enabled(if: unsafe getenv("RESZOO_HOSTILE_FOLDER") != nil, "for measure_hostile.py"))
  func specimensAreWrittenForOthers() throws {
    let folder = try #require(unsafe getenv("RESZOO_HOSTILE_FOLDER").map { unsafe String(cString: $0) })
    var list = ""
    for (container, files) in HostileSpecimens.byContainer {
      for (number, file) in files.enumerated() {
        let name = "\(container)-\(number).\(["safetensors", "onnx"].contains(container) ? container : "pth")"
          .replacing(" ", with: "-")
        writeFile(file.bytes, to: folder + "/" + name)
        list += "\(name)\t\(container)\t\(file.code.rawValue)\t\(file.label)\n"
      }
    }
    writeFile(Array(list.utf8), to: folder + "/list.tsv")
  }
}
