import ImageInput
import Messages
public import ResZoo
import Threads

/// The networks of a server by their names.
///
/// A network is loaded beside the one that has its name, warmed up, and takes over when it is ready: no request waits for it or fails, and where it
/// cannot be loaded the old one stays.
public final class ModelRepository: Sendable {
  /// What a name stands for at a moment.
  public struct Entry: Hashable, Sendable {
    /// The states of a name, under Triton's words.
    public enum State: String, Sendable {
      /// Requests are answered.
      case ready = "READY"
      /// The network is read for the first time.
      case loading = "LOADING"
      /// It could not be read, or was given up.
      case unavailable = "UNAVAILABLE"
    }

    /// The name.
    public var name: String
    /// The state; nil for a network that was never loaded.
    public var state: State?
    /// Why it is not ready, or why a newer file did not take over; empty else.
    public var reason = ""
  }

  /// A network that could not be loaded.
  public struct LoadError: Error, CustomStringConvertible {
    /// The network's name.
    public var name: String
    /// The fault, with the file's path: for the operator, not for clients.
    public var fault: String
    /// True if an older network of that name still answers.
    public var keepsOlder: Bool

    public var description: String {
      "\(name): \(fault)" + (keepsOlder ? "; the network that was loaded before still answers" : "")
    }
  }

  private struct Place {
    var file: ModelFile
    var model: ServedModel?
    var state: Entry.State?
    var reason = ""
    /// False when the network was given up on purpose.
    var isWanted = true
  }

  /// The engine that answers.
  public let engine: ServingEngine
  private let options: Classifier.Options
  private let places: Locked<[String: Place]>
  /// One network is loaded at a time, so that memory holds no more than one twice.
  private let loading = Semaphore(1)

  /// Names for files; none is loaded yet.
  ///
  /// - Parameter options: without views, as servers take one of each image.
  public init(_ files: [ModelFile], engine: ServingEngine, options: Classifier.Options = .init()) {
    self.engine = engine
    var options = options
    options.explains = true
    self.options = options
    places = Locked(Dictionary(files.map { ($0.name, Place(file: $0)) }) { first, _ in first })
  }

  /// The network of a name.
  ///
  /// - Throws: ``ServingError`` of the codes `unknownModel` and `unavailable`.
  public func model(named name: String) throws(ServingError) -> ServedModel {
    guard let place = places.withLock({ $0[name] }) else {
      throw ServingError(.unknownModel, "there is no model '\(name.excerpt)'")
    }
    guard let model = place.model else {
      throw ServingError(
        .unavailable, "the model '\(name)' is \(place.state == .loading ? "being loaded" : "not loaded")")
    }
    return model
  }

  /// The networks that answer, by their names.
  public var models: [ServedModel] {
    places.withLock { $0.values.compactMap(\.model) }.sorted { $0.name < $1.name }
  }

  /// The states of all names, in their order.
  public var entries: [Entry] {
    places.withLock { places in
      places.map { Entry(name: $0, state: $1.state, reason: $1.reason) }
    }
    .sorted { $0.name < $1.name }
  }

  /// True if every name has a network, but for those that were unloaded on purpose.
  public var isReady: Bool {
    places.withLock { places in places.values.allSatisfy { $0.model != nil || !$0.isWanted } }
  }

  /// Reads a network, lets it answer once, and gives it its name. Returns when it answers; to be called on a thread that may wait.
  ///
  /// - Throws: ``LoadError``; ``ServingError`` for a name that there is not.
  public func load(_ name: String) throws {
    loading.wait()
    defer { loading.signal() }
    let file = places.withLock { places -> ModelFile? in
      guard let place = places[name] else { return nil }
      if place.model == nil { places[name]?.state = .loading }
      places[name]?.isWanted = true
      return place.file
    }
    guard let file else { throw ServingError(.unknownModel, "there is no model '\(name.excerpt)'") }
    do {
      let model = ServedModel(name: name, try file.load(options))
      try warmUp(model)
      places.withLock { places in
        places[name]?.model = model
        places[name]?.state = .ready
        places[name]?.reason = ""
      }
    } catch {
      let keepsOlder = places.withLock { places in
        places[name]?.reason = "the file could not be loaded"
        if places[name]?.model == nil { places[name]?.state = .unavailable }
        return places[name]?.model != nil
      }
      throw LoadError(name: name, fault: "\(error)", keepsOlder: keepsOlder)
    }
  }

  /// Takes a network's name away; requests that it has are still answered.
  ///
  /// - Throws: ``ServingError`` for a name that there is not.
  public func unload(_ name: String) throws(ServingError) {
    let isKnown = places.withLock { places in
      guard places[name] != nil else { return false }
      places[name]?.model = nil
      places[name]?.isWanted = false
      places[name]?.state = .unavailable
      places[name]?.reason = "unloaded"
      return true
    }
    guard isKnown else { throw ServingError(.unknownModel, "there is no model '\(name.excerpt)'") }
  }

  /// Runs a row of zeros, so that the first request finds memory and code in place.
  private func warmUp(_ model: ServedModel) throws {
    let zeros = [Float](repeating: 0, count: model.inputExtents.reduce(1, *))
    let kind = ServedModel.LaneKind(threads: 1, capacity: engine.options.maxBatch)
    let scores = try model.withLane(kind) { lane in
      Result { () throws(ImageError) in try lane.fill(0, with: zeros.span, row: 0) }.flatMap {
        lane.run(count: 1)
        return lane.scores(of: 0)
      }
    }
    _ = try scores.get()
  }
}
