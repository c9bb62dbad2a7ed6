import ArgumentParser
import ResZoo

/// The way in which a network runs. Only --exact and --optimize change a result, in its last digits, and --precision more.
struct RunOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Images that go through the network together (default: 8).", valueName: "n"))
  var batch: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Processors to use; 0 for all, or as many as RESZOO_NUM_THREADS or OMP_NUM_THREADS says.",
      valueName: "n"))
  var threads = 0

  @Flag(help: "Add in double precision: closest to exact arithmetic, and several times slower.")
  var exact = false

  @Option(
    help:
      "Numbers to multiply: single precision, bfloat16 (less exact, faster with AVX512_BF16), or the latter where it is faster."
  )
  var precision = InferencePrecision.float32

  @Option(help: "Favour many images at once, or one image soon and in less memory.")
  var optimize = InferenceGoal.throughput

  /// The batch that was asked for, or the default.
  var batchSize: Int { batch ?? 8 }

  func validate() throws {
    if let batch, !(1...1024).contains(batch) {
      throw ValidationError("--batch is \(batch); it must be from 1 to 1024.")
    }
    guard !exact || precision == .float32 else {
      throw ValidationError(
        "--exact is for --precision f32; it adds in double precision, and the others round what is added.")
    }
    guard (0...256).contains(threads) else {
      throw ValidationError("--threads is \(threads); it must be from 0 to 256.")
    }
  }

  /// Says so where the processor lacks the instructions that --precision bf16 is for.
  func remarkOnPrecision() { precision.remark() }

  func classifierOptions(ignoringExif: Bool) -> Classifier.Options {
    Classifier.Options(
      threads: threads, batch: batchSize, ignoresExif: ignoringExif, exact: exact, precision: precision,
      goal: optimize)
  }
}

extension InferencePrecision {
  /// Says so where the processor lacks the instructions that --precision bf16 is for.
  func remark() {
    guard self == .bfloat16, !Self.hasBFloat16 else { return }
    Terminal.warn(
      "no instructions for bfloat16 here: --precision bf16 is slower than f32; --precision auto takes what is faster"
    )
  }
}
