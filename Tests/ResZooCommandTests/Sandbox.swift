import Dispatch
import Foundation
import TestSupport
import Testing

/// What a run of the command line left behind.
struct Outcome {
  /// The exit code, or the number of the signal that ended the process.
  let status: Int32
  /// Whether the process ended by itself; a trap is a signal.
  let exited: Bool
  let output: [UInt8]
  let errors: String

  var text: String { String(decoding: output, as: UTF8.self) }

  var json: [String: Any] {
    get throws {
      try #require(try JSONSerialization.jsonObject(with: Data(output)) as? [String: Any], "\(text)\(errors)")
    }
  }
}

/// A folder in which the built command line runs as a user runs it; names are relative to it.
final class Sandbox: Sendable {
  let folder = TemporaryFolder()
  private let streams = TemporaryFolder()

  /// The folder of the test bundle is that of the executable.
  static let program: String = {
    let bundle =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
    return URL(filePath: bundle).deletingLastPathComponent().appending(path: "reszoo").path
  }()

  /// No run takes that long, on whatever machine.
  private static let limit = 120.0

  /// Runs `reszoo` with arguments.
  func run(_ arguments: String..., input: String? = nil) throws -> Outcome {
    try launch(Self.program, arguments, input: input)
  }

  /// Runs `reszoo` with arguments.
  func run(_ arguments: [String]) throws -> Outcome {
    try launch(Self.program, arguments, input: nil)
  }

  /// Runs `reszoo` with arguments after a shell's commands; `"$@"` is the whole command line.
  func shell(_ script: String, _ arguments: String..., input: String? = nil) throws -> Outcome {
    try shell(script, arguments, input: input)
  }

  /// Runs `reszoo` with arguments after a shell's commands; `"$@"` is the whole command line.
  func shell(_ script: String, _ arguments: [String], input: String? = nil) throws -> Outcome {
    try launch("/bin/sh", ["-c", script, "sh", Self.program] + arguments, input: input)
  }

  /// Runs `reszoo` with arguments and sends it a signal as soon as something is true.
  func run(
    _ arguments: [String], input: String? = nil, environment: [String: String] = [:], sending signal: Int32,
    once isReady: () -> Bool
  ) throws -> Outcome {
    try launch(Self.program, arguments, input: input, environment: environment) { process in
      let start = ContinuousClock.now
      while process.isRunning, !isReady(), ContinuousClock.now - start < .seconds(Self.limit) {
        Thread.sleep(forTimeInterval: 0.005)
      }
      kill(process.processIdentifier, signal)
    }
  }

  private func launch(
    _ program: String, _ arguments: [String], input: String?, environment: [String: String] = [:],
    meanwhile: (Process) -> Void = { _ in }
  ) throws -> Outcome {
    let run = String(UInt64.random(in: 0 ... .max), radix: 36)
    let output = streams.write([], to: run + ".out")
    let errors = streams.write([], to: run + ".err")
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    // Nothing goes into this user's own cache.
    process.environment = ProcessInfo.processInfo.environment
      .merging(["RESZOO_CACHE": streams.file("cache")]) { $1 }.merging(environment) { $1 }
    process.currentDirectoryURL = URL(filePath: folder.path)
    process.standardInput = FileHandle(
      forReadingAtPath: input.map { streams.write(Array($0.utf8), to: run + ".in") } ?? "/dev/null")
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: errors)
    let done = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in done.signal() }
    try process.run()
    meanwhile(process)
    if done.wait(timeout: .now() + Self.limit) == .timedOut {
      kill(process.processIdentifier, SIGKILL)
      done.wait()
      Issue.record("\(arguments) did not end within \(Self.limit) s")
    }
    return Outcome(
      status: process.terminationStatus, exited: process.terminationReason == .exit,
      output: readFile(output), errors: String(decoding: readFile(errors), as: UTF8.self))
  }
}

/// Checks that a run failed with a documented code and says why, in words without the program's insides.
func expectFailure(
  _ outcome: Outcome, code: Int32, saying words: String..., sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(outcome.exited, "signal \(outcome.status): \(outcome.errors)", sourceLocation: sourceLocation)
  #expect(outcome.status == code, "\(outcome.errors)", sourceLocation: sourceLocation)
  for word in words {
    #expect(outcome.errors.contains(word), "\(outcome.errors)", sourceLocation: sourceLocation)
  }
  for inside in ["Fatal error", "Error(", "Optional(", "Swift.", "ImportOptions", "ExportNames"] {
    #expect(!outcome.errors.contains(inside), "\(outcome.errors)", sourceLocation: sourceLocation)
  }
}

/// Checks that a run did everything, without a word on standard error.
func expectQuietSuccess(_ outcome: Outcome, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(outcome.exited && outcome.status == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
  #expect(outcome.errors == "", sourceLocation: sourceLocation)
}

extension Outcome {
  /// What stands before the first comma of each line.
  var firstFields: [String] {
    text.split(separator: "\n").map { $0.prefix { $0 != "," }.description }
  }
}
