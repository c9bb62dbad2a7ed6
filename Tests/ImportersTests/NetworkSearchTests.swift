import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore
import Testing

@testable import Importers

/// One network is found among whatever tensors a file holds, and what is left out is said.
@Suite struct NetworkSearchTests {
  private static let net = "small_resnet18"

  /// Expects the network's own names for its tensors, and nothing for all others.
  private func expect(
    _ draft: StateDictDraft, _ names: [String?], options: ImportOptions = ImportOptions(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [String] {
    let plan = try draft.source().plan(options: options)
    #expect(plan.names == names, sourceLocation: sourceLocation)
    return plan.notes.map(\.description)
  }

  private func refusal(
    _ draft: StateDictDraft, options: ImportOptions = ImportOptions()
  ) throws -> ImportError {
    try #require(throws: ImportError.self) { try draft.source().plan(options: options) }
  }

  private var plain: StateDictDraft {
    get throws { try StateDictDraft(Self.net) }
  }

  private func own(_ draft: StateDictDraft) -> [String?] { draft.tensors.map(\.name) }

  private var body: StateDictDraft {
    get throws { try plain.without { $0.hasPrefix("fc.") } }
  }

  @Test(arguments: [
    "model.", "net.", "backbone.", "module.model.", "model.module.", "a.b.c.d.", "fc.", "layer1.",
    "_orig_mod.module.",
  ])
  func anyPrefixIsSeenThrough(prefix: String) throws {
    _ = try expect(plain.prefixed(prefix), own(plain))
  }

  @Test(arguments: ["module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"])
  func wrappersAreDroppedWhereverTheyStand(wrapper: String) throws {
    let draft = try plain.renaming { $0.replacing("layer2.", with: "layer2.\(wrapper).") }
    let notes = try expect(draft, own(plain))
    #expect(notes.contains { $0.hasPrefix("names: '\(wrapper).' was dropped from ") })
  }

  @Test(arguments: [
    ("criterion.weight", [10]), ("loss_fn.pos_weight", [10]), ("n_averaged", []),
    ("train_acc.total", [1]), ("global_step", []), ("model_ema.n", [3]),
  ])
  func thingsOfTrainingAreLeftOutAndSaid(name: String, shape: [Int]) throws {
    let stranger = StateDictDraft([(name, Shape(shape))])
    for prefix in ["", "model."] {
      let notes = try expect(plain.prefixed(prefix) + stranger, own(plain) + [nil])
      #expect(notes.contains { $0.hasPrefix("left out, beside the network: \(name)") }, "\(notes)")
    }
  }

  @Test func whatMayBePartOfTheNetworkIsAskedAbout() throws {
    let pool = StateDictDraft([("gem.p", [1])])
    let error = try refusal(plain + pool)
    #expect(error.code == .tensors)
    #expect(error.message.contains("gem.p [1]"))
    #expect(error.message.contains("ImportOptions.renamings from 'gem' to ''"))
    #expect(try refusal((plain + pool).prefixed("model.")).message.contains("model.gem.p [1]"))
    // In another module than the network, it is none of it.
    _ = try expect(plain.prefixed("model.") + pool, own(plain) + [nil])
    let options = ImportOptions(renamings: [Renaming(old: "gem", new: "")])
    _ = try expect(plain + pool, own(plain) + [nil], options: options)
  }

  @Test(arguments: ["fc", "head.fc", "classifier", "last_linear", "cls_head", "something"])
  func aHeadMayLieElsewhere(path: String) throws {
    let head = StateDictDraft([(path + ".weight", [10, 64]), (path + ".bias", [10])])
    let names = try own(body) + ["fc.weight", "fc.bias"]
    let notes = try expect(body.prefixed("backbone.") + head, names)
    #expect(notes.contains { $0.contains("'\(path)' is the classifier") } == (path == "something"))
    _ = try expect(body + head, names)
  }

  @Test func aHeadOfSeveralLayersIsNoSingleOne() throws {
    let head = StateDictDraft([
      ("head.0.weight", [32, 64]), ("head.0.bias", [32]), ("head.2.weight", [10, 32]), ("head.2.bias", [10]),
    ])
    #expect(try refusal(body.prefixed("backbone.") + head).message.contains("head.2.weight"))
  }

  @Test func ofSeveralHeadsTheNumberOfClassesChooses() throws {
    let other = StateDictDraft([("head.weight", [5, 64]), ("head.bias", [5])])
    let draft = try plain.prefixed("model.") + other
    #expect(try refusal(draft).message.contains("'head' with 5 outputs"))
    _ = try expect(draft, own(plain) + [nil, nil], options: ImportOptions(classes: 10))
    let names = try own(body) + [nil, nil, "fc.weight", "fc.bias"]
    _ = try expect(draft, names, options: ImportOptions(classes: 5))
  }

  @Test func withoutAHeadANewOneIsMadeIfItsClassesAreNamed() throws {
    let headless = try body.source().plan(options: ImportOptions())
    #expect(headless.descriptor.architecture.head == .none)
    #expect(headless.descriptor.architecture.classes == 64)
    #expect(headless.descriptor.untrained.isEmpty && headless.descriptor.labels == nil)
    #expect(
      headless.notes.contains { $0.description.hasPrefix("head: none, as the source has no classifier") })
    let architecture = try Architecture.preset(named: Self.net)
    #expect(try refusal(body, options: ImportOptions(architecture: architecture)).code == .classes)
    let plan = try body.source().plan(options: ImportOptions(classes: 3))
    #expect(plan.descriptor.untrained == ["fc"])
    #expect(plan.descriptor.architecture.classes == 3)
    #expect(plan.notes.contains { $0.description.hasPrefix("head: new and untrained, of 3 classes") })
    let named = try ImportOptions(architecture: .preset(named: Self.net, classes: 3), classes: 3)
    #expect(try body.source().plan(options: named).descriptor.untrained == ["fc"])
    #expect(try plain.source().plan(options: ImportOptions()).descriptor.untrained == [])
  }

  @Test func aProjectorOfSelfSupervisedLearningIsNoClassifier() throws {
    let queue = StateDictDraft([("queue", [10, 64]), ("queue_ptr", [1])])
    for query in ["encoder_q.", "base_encoder.", ""] {
      let draft = try plain.prefixed(query) + queue
      let headless = try draft.source().plan(options: ImportOptions())
      #expect(headless.descriptor.architecture.head == .none)
      #expect(headless.notes.contains { $0.description.contains("outputs projects features, as ") })
      let plan = try draft.source().plan(options: ImportOptions(classes: 3))
      #expect(plan.descriptor.untrained == ["fc"])
    }
  }

  @Test(arguments: [
    ("encoder_q.", "encoder_k."), ("base_encoder.", "momentum_encoder."),
    ("online_encoder.", "target_encoder."),
    ("teacher.", "student."), ("model.", "ema_model."), ("", "ema."),
  ])
  func theBetterKnownOfTwoNetworksIsTaken(taken: String, other: String) throws {
    let draft = try body.prefixed(other) + body.prefixed(taken)
    let options = ImportOptions(classes: 3)
    let notes = try expect(draft, own(body).map { _ in nil } + own(body), options: options)
    #expect(notes.contains { $0.contains("\(other)*, another network") }, "\(notes)")
    var turned = options
    turned.prefix = other
    _ = try expect(draft, own(body) + own(body).map { _ in nil }, options: turned)
  }

  @Test func ofNetworksThatNobodyKnowsOneMustBeChosen() throws {
    let draft = try plain.prefixed("a.") + plain.prefixed("b.")
    #expect(try refusal(draft).message.contains("ImportOptions.prefix 'a.'"))
    _ = try expect(draft, own(plain).map { _ in nil } + own(plain), options: ImportOptions(prefix: "b"))
  }

  @Test func namesAreReadAsTheCallerSays() throws {
    let draft = try plain.renaming { $0.replacing("layer1.0.conv1", with: "layer1.0.first") }
    let options = ImportOptions(renamings: [Renaming(old: "layer1.0.first", new: "layer1.0.conv1")])
    _ = try expect(draft, own(plain), options: options)
    let wrong = ImportOptions(renamings: [Renaming(old: "layer9", new: "layer1")])
    #expect(try refusal(draft, options: wrong).message.contains("no tensor's name has 'layer9' in it"))
    let doubled = ImportOptions(renamings: [Renaming(old: "layer2", new: "layer1")])
    #expect(try refusal(draft, options: doubled).code == .duplicateTensor)
  }

  @Test(arguments: [
    ("a.b.c.weight", "b.c", "x", "a.x.weight"), ("a.b.weight", "b", "x.y", "a.x.y.weight"),
    ("a.bc.weight", "b", "x", nil), ("a.b", "a.b.c", "x", nil), ("a.a.b", "a", "x", "x.a.b"),
  ])
  func aRenamingIsAboutWholeComponents(name: String, old: String, new: String, renamed: String?) {
    #expect(Renaming(old: old, new: new).renamed(name) == renamed)
  }

  @Test func namesJoinedByUnderscoresAreSeparated() throws {
    let draft = try plain.renaming { $0.replacing(".", with: "_") }
    let notes = try expect(draft, own(plain))
    #expect(notes.contains { $0.hasPrefix("names: '_' between components became '.' in ") })
  }
}
