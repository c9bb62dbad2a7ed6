import Files
import Platform

/// The preparation of the process: its standard streams and signals.
enum ProcessSetup {
  /// Must run before any file is opened and any thread started.
  static func prepare() {
    keepStandardDescriptors()
    // The parser of arguments computes with the number, whatever it is.
    if let columns = Int(environment("COLUMNS") ?? ""), !(1...10_000).contains(columns) {
      unsafe unsetenv("COLUMNS")
    }
    // A reader that has gone, or a limit of file sizes, makes writing fail instead: then files can be tidied up.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    removeTemporaryFilesOnInterruption()
  }

  /// The path of this program; nil where the system does not say.
  static var executablePath: String? {
    #if os(Linux)
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink("/proc/self/exe", &path, path.count)
    guard count > 0, count < path.count else { return nil }
    return String(validating: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    #else
    let given = CommandLine.arguments[0]
    return given.contains("/") ? given : nil
    #endif
  }

  /// Runs another program in place of this one, with the signals as they were. Returns when it cannot be started, with `errno` set.
  static func become(_ path: String, _ arguments: [String]) {
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
    signal(SIGPIPE, SIG_DFL)
    signal(SIGXFSZ, SIG_DFL)
    let texts = unsafe arguments.map { unsafe strdup($0) } + [nil]
    unsafe execv(path, texts)
  }

  /// Takes the places of standard streams that are closed, so that no file that is opened later gets their messages.
  private static func keepStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free place is this one. What is written there fails, as it would have.
      _ = unsafe open("/dev/null", O_RDONLY)
    }
  }

  /// The signals by which people, timers and limits end a program unless it has use for them, without those that are ignored already, as 'nohup' does.
  private static let interruptions: sigset_t = {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for number in [
      SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGALRM, SIGVTALRM, SIGPROF, SIGUSR1, SIGUSR2,
    ] {
      let handler = signal(number, SIG_DFL)
      if unsafe unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
        signal(number, SIG_IGN)
      } else {
        unsafe sigaddset(&signals, number)
      }
    }
    return signals
  }()

  /// Lets a thread wait for the signals that would end the process, to remove temporary files and the status line before they do, and for
  /// the terminal's changes of size.
  private static func removeTemporaryFilesOnInterruption() {
    var signals = interruptions
    unsafe sigaddset(&signals, SIGWINCH)
    // Threads that are started from now on inherit this, so that only the waiting one gets them.
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    var thread = pthread_t(bitPattern: 0)
    unsafe pthread_create(
      &thread, nil,
      { _ in
        ProcessSetup.waitForInterruption()
        return nil
      }, nil)
  }

  private static func waitForInterruption() {
    var signals = interruptions
    unsafe sigaddset(&signals, SIGWINCH)
    var number: Int32 = 0
    while true {
      guard unsafe sigwait(&signals, &number) == 0 else { return }
      if number == SIGWINCH {
        StatusLine.resize()
      } else if !Interruption.receive(number) {
        return end(by: number)
      }
    }
  }

  /// Ends as the signal would have ended the process, so that a shell knows.
  static func end(by number: Int32) {
    StatusLine.close()
    TemporaryFiles.unlinkAll()
    var signals = interruptions
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    raise(number)
  }
}
