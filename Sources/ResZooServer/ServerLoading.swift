import ResZoo
import Serving
import Threads

/// Networks read beside the work of the server.
final class ServerLoading: Sendable {
  private let files: [ModelFile]
  private let repository: ModelRepository
  private let log: AccessLog
  private let rounds = Threads.Semaphore(0)
  private let asked = Locked(0)

  /// Starts the thread that reads.
  ///
  /// - Parameter first: called when all were read for the first time.
  init(
    _ files: [ModelFile], _ repository: ModelRepository, _ log: AccessLog,
    first: @escaping @Sendable () -> Void
  ) {
    self.files = files
    self.repository = repository
    self.log = log
    _ = DetachedThread.start { [self] in
      load()
      first()
      while true {
        rounds.wait()
        // What is asked for from now on wants files as they are from now on.
        asked.withLock { $0 = 0 }
        load()
      }
    }
  }

  /// Reads all networks again, once more when it is asked for while they are being read.
  func again() {
    let isNew = asked.withLock { asked in
      asked += 1
      return asked == 1
    }
    if isNew { rounds.signal() }
  }

  /// Reads networks one after another, with a line on each that fails.
  private func load() {
    for file in files {
      do {
        try repository.load(file.name)
        let precision = (try? repository.model(named: file.name))?.precision ?? .float32
        log.event("\(file.name): ready" + (precision == .float32 ? "" : ", in \(precision.rawValue)"))
      } catch {
        log.event("\(error)")
      }
    }
  }

  /// The memory that the server has and may come to need, in words.
  static func memory(_ repository: ModelRepository, _ limits: ServerLimits) -> String {
    let now = (ProcessMemory.residentByteCount ?? 0) >> 20
    let lanes = repository.models.reduce(0) { $0 + repository.engine.laneByteCount(of: $1) } >> 20
    let options = repository.engine.options
    let requests = options.byteLimit >> 20
    let bodies = limits.allBodiesByteCount >> 20
    return
      "Memory: \(now) MiB now; at most \(lanes) MiB for feature maps, \(requests) for requests that wait and \(bodies) for bodies come to it"
  }
}
