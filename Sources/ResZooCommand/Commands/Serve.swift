import ArgumentParser
import Files
import Messages
import Platform

/// Starts the server, a program of its own: what it needs for sockets would make every other command larger and slower to start.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Answer requests over HTTP: images in, classes out.",
    usage: "reszoo serve <models> ... [<options>]",
    discussion: """
      Starts reszoo-server, which lies beside this program; 'reszoo serve --help' shows its options.

      EXAMPLE
        reszoo serve resnet50.rzoo &
        curl --data-binary @cat.jpg http://127.0.0.1:8000/classify
      """)

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("Models and options of the server.", valueName: "arguments"))
  var arguments: [String] = []

  func run() throws {
    let path: String
    do {
      path = try Self.serverPath()
    } catch {
      if arguments.contains("--help") || arguments.contains("-h") { throw CleanExit.helpRequest(self) }
      throw error
    }
    ProcessSetup.become(path, ["reszoo serve"] + arguments)
    throw Failure(.noInput, "\(path): cannot be started: \(unsafe String(cString: strerror(errno)))")
  }

  private static func serverPath() throws(Failure) -> String {
    let name = "reszoo-server"
    guard let own = ProcessSetup.executablePath, let end = own.lastIndex(of: "/") else {
      throw Failure(.noInput, "\(name): this program does not know where it lies; start \(name) itself")
    }
    let path = own[...end] + name
    guard FileIdentity(path: String(path)) != nil else {
      throw Failure(
        .noInput,
        "\(path): does not exist; the server is a program of its own: 'swift build -c release --product \(name)' builds it"
      )
    }
    return String(path)
  }
}
