import Serving
import Threads

/// Networks read beside the work of the server.
enum ServerLoading {
  /// Reads networks one after another on a thread of its own, with a line on each that fails.
  static func begin(
    _ files: [ModelFile], _ repository: ModelRepository, _ log: AccessLog,
    _ done: @escaping @Sendable () -> Void
  ) {
    let load: @Sendable () -> Void = {
      for file in files {
        do {
          try repository.load(file.name)
          log.event("\(file.name): ready")
        } catch {
          log.event("\(error)")
        }
      }
      done()
    }
    if !DetachedThread.start(load) { load() }
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
