import ArgumentParser
import ResZoo

struct Shortcuts: TalkingCommand {
  static let configuration = CommandConfiguration(
    commandName: "shortcuts",
    abstract: "Train variants of a residual network, and compare their errors.",
    usage: "reszoo study shortcuts <dataset> --output <folder> [--of <questions>] [<options>]",
    discussion: """
      Trains variants of the 20-layer network for CIFAR by one recipe. The questions: options (no shortcut, and options A, B and C of He et al. \
      2015), preactivation (norm and ReLU before each convolution), bottleneck (against two convolutions of 3×3), init (Kaiming against Xavier \
      initialisation). A network that several questions have is trained once.

      The data set, the trained networks and an interruption are as in 'reszoo study degradation'.

      EXAMPLE
        reszoo study shortcuts cifar10 --output shortcuts --of options,init
      """)

  @Argument(help: "The images to train on and to test with.", completion: .file())
  var dataset: String

  @Option(
    name: .customLong("of"),
    help: ArgumentHelp(
      "The questions: options, preactivation, bottleneck, init (default: all).", valueName: "options,…"))
  var questions: String?

  @OptionGroup(title: "Recipe") var training: TrainingStudyArguments
  @OptionGroup var study: StudyArguments
  @OptionGroup var messages: MessageOptions

  func run() throws {
    let names = try names()
    let data = try training.data(dataset)
    try study.keep((data.training.sources + data.test.sources).map(\.path))
    let questions = try reporting { try names.map { try ShortcutQuestion($0) } }
    let recipe = try training.recipe(
      data, threads: study.threads, for: questions.flatMap(\.entries).map(\.network))
    let plan = try reporting {
      try TrainingStudy(questions, data: data, recipe: recipe, output: study.output)
    }
    try TrainingStudyRun(plan, training, study.facts).run()
  }

  private func names() throws(Failure) -> [ShortcutQuestion.Name] {
    guard let questions else { return ShortcutQuestion.Name.allCases }
    var names: [ShortcutQuestion.Name] = []
    for word in questions.split(separator: ",") {
      guard let name = ShortcutQuestion.Name(rawValue: String(word)) else {
        let all = ShortcutQuestion.Name.allCases.map(\.rawValue).joined(separator: ", ")
        throw Failure(.usage, "--of: there is no question '\(word)'; the questions are \(all)")
      }
      if !names.contains(name) { names.append(name) }
    }
    guard !names.isEmpty else { throw Failure(.usage, "--of names no question") }
    return names
  }
}
