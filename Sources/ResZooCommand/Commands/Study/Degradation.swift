import ArgumentParser
import Files
import ResZoo

struct Degradation: TalkingCommand {
  static let configuration = CommandConfiguration(
    commandName: "degradation",
    abstract: "Train plain and residual networks of different depth, and compare their errors.",
    usage: "reszoo study degradation <dataset> --output <folder> [--nets <names>] [<options>]",
    discussion: """
      Trains every network by one recipe (that of He et al. 2015, section 4.2), with curves of training error and test error over the \
      epochs. The conclusion is computed: which network ends with more training error than a shallower one of its kind, by how much, with \
      how many seeds. Any networks can be named, also one alone for its curves of loss and accuracy.

      The data set is a folder with 'train' and 'test' (or 'val') in it, CIFAR's binary files, or one without a part to test with, of which \
      a fifth is held out. Trained networks stay in FOLDER.training. A study that was interrupted goes on when it is run again, also with \
      more networks or seeds; the page is written anew after each network.

      EXAMPLE
        reszoo study degradation cifar10 --output degradation --seeds 3
        reszoo study degradation cifar10 --output fast \\
          --nets small_resnet18 --pictures 5000 --epochs 30 --milestones 15,25
      """)

  @Argument(help: "The images to train on and to test with.", completion: .file())
  var dataset: String

  @Option(
    help: ArgumentHelp(
      """
      Named architectures, and files with an architecture as JSON (.json) (default: cifar_plain20, cifar_plain56, \
      cifar_resnet20, cifar_resnet56).
      """, valueName: "a,b,…"), completion: .architecture)
  var nets: String?

  @OptionGroup(title: "Recipe") var training: TrainingStudyArguments
  @OptionGroup var study: StudyArguments
  @OptionGroup var messages: MessageOptions

  func run() throws {
    let networks = try networks()
    let data = try training.data(dataset)
    try study.keep((data.training.sources + data.test.sources).map(\.path))
    let recipe = try training.recipe(data, threads: study.threads, for: networks)
    let plan = try reporting {
      try TrainingStudy(degradationOf: networks, data: data, recipe: recipe, output: study.output)
    }
    try TrainingStudyRun(plan, training, study.facts).run()
  }

  private func networks() throws(Failure) -> [StudyNetwork] {
    guard let nets else { return try reporting { try TrainingStudy.degradationNetworks() } }
    let names = nets.split(separator: ",").map(String.init)
    guard !names.isEmpty else {
      throw Failure(.usage, "--nets names no network; give names with commas between them")
    }
    return try names.map { (name) throws(Failure) in
      let isFile = name.hasSuffix(".json")
      let choice = ArchitectureChoice(
        arch: isFile ? nil : name, descriptor: isFile ? name : nil, answer: .one)
      guard let architecture = try choice.resolve() else {
        throw Failure(.usage, "no architecture was named")
      }
      return StudyNetwork(isFile ? String(name.lastPathPart.dropLast(".json".count)) : name, architecture)
    }
  }
}
