import ModelDescriptor
import TestSupport
import Testing

@testable import Datasets

/// The order of classes, and their places among a network's labels.
struct ClassNamesTests {
  @Test func foldersWithNumbersAreInTheOrderOfTheirValues() throws {
    let folder = TemporaryFolder()
    ImageSamples.write((0...10).map { ("\($0)", 1) }, to: folder)
    #expect(try ImageSet(path: folder.path).labels == (0...10).map { "\($0)" })
    #expect(ClassNames.sorted(["10", "9", "x"]) == ["10", "9", "x"])
    #expect(ClassNames.sorted(["1", "01", "2"]) == ["01", "1", "2"])
    #expect(ClassNames.sorted(["99999999999999999999", "3"]) == ["3", "99999999999999999999"])
  }

  @Test func underscoresAndCaseOfANameDoNotCount() {
    let labels = ["African crocodile", "tench, Tinca tinca", "T-shirt", "crane", "crane"]
    #expect(
      ClassNames.positions(
        of: ["African_crocodile", "tench", "t_shirt", "crane", "whale"], among: labels) == [
          0, 1, 2, nil, nil,
        ])
    #expect(ClassNames.positions(of: ["Cat", "cat"], among: ["cat", "Cat"]) == [1, 0])
    #expect(ClassNames.positions(of: ["CAT"], among: ["cat", "Cat"]) == [nil])
    // Two names for one label: that with the label's own name has it.
    #expect(ClassNames.positions(of: ["african_crocodile", "African crocodile"], among: labels) == [nil, 0])
    #expect(
      ClassNames.positions(of: ["african_crocodile", "African_crocodile"], among: labels) == [nil, nil])
  }

  @Test func numbersOfWordNetAreImageNetsClasses() {
    let names = ImageNetLabels.all
    let positions = ClassNames.positions(
      of: ["n01440764", "n02123045", "n15075141", "n00000000"], among: names)
    #expect(positions == [0, 281, 999, nil])
    #expect(names[281] == "tabby")
    #expect(ClassNames.positions(of: ["n01440764"], among: Array(names.prefix(10))) == [nil])
    #expect(ImageNetSynsets.all.count == 1000 && ImageNetSynsets.all == ImageNetSynsets.all.sorted())
  }
}
