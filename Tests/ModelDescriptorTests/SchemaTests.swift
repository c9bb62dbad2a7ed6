import Foundation
import ModelDescriptor
import Testing

/// `spec/architecture.schema.json` agrees with what descriptors are read.
@Suite struct SchemaTests {
  private static func checker() throws -> SchemaChecker { try SchemaChecker("architecture") }

  @Test func everyPresetFits() throws {
    let checker = try Self.checker()
    for architecture in Architecture.presets {
      #expect(try checker.accepts(Document(architecture.json())), "\(architecture.name ?? "")")
    }
    #expect(Architecture.presets.count > 100)
  }

  @Test func everyKnobFits() throws {
    let checker = try Self.checker()
    for architecture in [
      VariantFieldTests.everyKnob, VariantFieldTests.laterKnobs, ArchitectureTests.everyKnob,
      QuantizationTests.net,
    ]
      + VariantFieldTests.answers
    {
      #expect(try checker.accepts(Document(architecture.json())))
    }
  }

  /// Every descriptor that a test calls unsound. What two fields say together the schema cannot tell.
  @Test func whatIsRefusedDoesNotFit() throws {
    let checker = try Self.checker()
    let unsound =
      ArchitectureTests.unsound.map { (ArchitectureTests.text($0.start), $0.code, $0.field) }
      + VariantFieldTests.unsound.map { (VariantFieldTests.text($0.fields), $0.code, $0.field) }
      + VariantFieldTests.unsoundInAStage.map {
        (VariantFieldTests.text(stage: $0.fields), $0.code, $0.field)
      }
      + VariantFieldTests.unsoundInTheStem.map {
        (VariantFieldTests.text(stem: $0.fields), $0.code, $0.field)
      }
    var refused = 0
    for (text, code, field) in unsound {
      let accepted = try checker.accepts(Document(text.utf8))
      // More inner channels than there are outer ones: the block's width decides.
      if code == .contradiction || field.hasPrefix("attention.inner_channels[") { continue }
      #expect(!accepted, "\(field): \(text)")
      refused += 1
    }
    #expect(refused > 30)
  }

  @Test func whatIsNoDescriptorDoesNotFit() throws {
    let checker = try Self.checker()
    for text in ["[]", "null", "{}", #"{"stages": {}}"#, "\"resnet50\"", "1", "true"] {
      #expect(try !checker.accepts(Document(text.utf8)), "\(text)")
    }
  }
}
