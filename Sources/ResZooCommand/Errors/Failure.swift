import ArgumentParser
import Files
import Messages
import Platform

/// A command that failed: its exit code, and the message that says why.
struct Failure: Error {
  let exitCode: ExitCode
  /// Nil when everything has been said already.
  let message: Remark?

  /// The exit codes of sysexits.h; `reszoo --help` lists them.
  enum Reason: Int32 {
    case partial = 1
    case usage = 64
    case data = 65
    case noInput = 66
    case unavailable = 69
    case resources = 70
    case cannotCreate = 73
    case writing = 74
  }

  init(_ reason: Reason, _ message: Remark? = nil) {
    exitCode = ExitCode(reason.rawValue)
    self.message = message
  }

  /// The exit code of a failure that was reported already.
  init(silent failure: Failure) {
    exitCode = failure.exitCode
    message = nil
  }

  /// Prints the message on standard error.
  func report() {
    if let message { Terminal.fail(message) }
  }
}

extension Failure {
  /// Standard output could not be written.
  init(standardOutput number: Int32) {
    // A reader that has seen enough, such as 'head', is no news.
    self.init(.writing, number == EPIPE ? nil : "standard output: \(systemMessage(number))")
  }

  /// An output that would replace an input.
  init(output: String, wouldReplace input: String) {
    let name = output == input ? "\(output): it" : "\(output): it is \(input), which"
    self.init(.usage, "\(name) is read by this command and would be replaced; name another output")
  }

  /// An output that would replace a file which is worth more.
  init(output: String, holds content: String) {
    self.init(
      .cannotCreate, "\(output): holds \(content) and is not replaced; name another output, or give --force")
  }

  /// The images without a result, when others have one.
  init(_ failed: FailedImages, of total: Int) {
    self.init(
      .partial,
      total > 1
        ? "\(failed.count) of \(total.counted("image")) \(failed.areUnreadable ? "could not be read" : "have no result")"
        : nil)
  }

  /// The images that could not be read, when others could.
  init(unreadable count: Int, of total: Int) {
    self.init(.partial, total > 1 ? "\(count) of \(total.counted("image")) could not be read" : nil)
  }
}
