import ArgumentParser

struct Completion: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion",
    abstract: "Print a script that lets a shell complete this program's command lines.",
    usage: "reszoo completion <shell>",
    discussion: """
      The script completes commands, options, files by their endings, and the names of architectures, published networks and layers. \
      A packaged reszoo has the scripts in share/.

      BASH   reszoo completion bash > ~/.local/share/bash-completion/completions/reszoo
      ZSH    reszoo completion zsh > ~/.zfunc/_reszoo       (~/.zfunc being in $fpath)
      FISH   reszoo completion fish > ~/.config/fish/completions/reszoo.fish

      EXAMPLE
        source <(reszoo completion bash)
      """)

  @Argument(help: "The shell.")
  var shell: Shell

  enum Shell: String, ExpressibleByArgument, CaseIterable {
    case bash, zsh, fish
  }

  func run() throws {
    let sink = try Output(path: nil)
    try sink.write(script + "\n")
    try sink.finish()
  }

  private var script: String {
    switch shell {
    // Where nothing else is known, bash completes names of files, as it does without a script.
    case .bash:
      ResZooCommand.completionScript(for: .bash).replacing(
        "complete -o filenames -F", with: "complete -o default -o filenames -F")
    case .zsh: ResZooCommand.completionScript(for: .zsh)
    case .fish: ResZooCommand.completionScript(for: .fish)
    }
  }
}
