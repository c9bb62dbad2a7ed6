import CheckpointFormat
import Files
import Messages
import ModelDescriptor
import ResNetModel
import TensorCore

/// All that resuming a training needs: a checkpoint beside the output, renewed after each epoch.
///
/// It holds the tensors that training changes, each under a prefix for one of its values: `weights.`, `average.`,
/// `best.`, and a prefix for each memory of the optimizer. The metadata are those of the network, with the member
/// `training_state`.
struct TrainingState {
  /// The progress of the training.
  var progress: TrainingProgress
  /// The preprocessing of its images; nil for a training that begins.
  var preprocessing: Preprocessing?
  /// The architecture of its network; nil for a training that begins.
  var architecture: Architecture?
  /// Weights, biases and running statistics after the last epoch, by their names in the graph.
  var weights: [String: Tensor] = [:]
  /// The averages of the weights; empty where none are kept.
  var averages: [String: Tensor] = [:]
  /// The best epoch's weights, averaged where averages are kept; empty where nothing is validated.
  var best: [String: Tensor] = [:]
  /// For each of the optimizer's memories, the numbers by the weights' names.
  var memories: [String: [String: Tensor]] = [:]

  /// The path of the state for an output.
  static func path(forOutput output: String) -> String { output + ".training" }

  private static let member = "training_state"

  /// Writes the state: the file appears whole, or the one before stays.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/file``.
  func write(to path: String, describedBy descriptor: ModelDescriptor) throws(TrainingError) {
    var descriptor = descriptor
    let architecture: [UInt8]
    let metadata: [UInt8]
    do {
      descriptor.unknownMetadata[Self.member] = try JSON.decode(
        JSONValue.self, from: try JSON.encode(progress))
      architecture = try descriptor.architectureJSON()
      metadata = try descriptor.metadataJSON()
    } catch {
      throw TrainingError(.state, "\(path): cannot be described: \(error)")
    }
    do {
      // The numbers change in every epoch, so nothing is gained by making them smaller.
      try CheckpointWriter.write(
        architectureJSON: architecture, metadataJSON: metadata, tensors: tensors, codec: .none, to: path)
    } catch {
      throw TrainingError(.file, "\(path): \(error)")
    }
  }

  private var tensors: [(name: String, tensor: Tensor)] {
    var groups = memories
    groups["weights"] = weights
    groups["average"] = averages
    groups["best"] = best
    return groups.flatMap { prefix, tensors in
      tensors.map { (name: prefix + "." + $0.key, tensor: $0.value) }
    }
  }

  /// Reads a state.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/state`` when the file is not a state, with ``TrainingError/Code/file`` when it
  ///   cannot be read.
  init(contentsOf path: String) throws(TrainingError) {
    let tensors: [String: Tensor]
    do {
      let reader = try CheckpointReader(path: path)
      let descriptor = try reader.index.modelDescriptor()
      guard let member = descriptor.unknownMetadata[Self.member] else {
        throw TrainingError(.state, "\(path): is a checkpoint, but not the state of a training")
      }
      preprocessing = descriptor.preprocessing
      architecture = descriptor.architecture
      progress = try JSON.decode(TrainingProgress.self, from: try JSON.encode(member))
      guard progress.isSound else {
        throw TrainingError(.state, "\(path): its counts of epochs and steps are none that a training has")
      }
      tensors = try reader.loadTensors()
    } catch let error as TrainingError {
      throw error
    } catch let error as CheckpointError where Self.isUnreadable(error) {
      throw TrainingError(.file, "\(path): \(error)")
    } catch {
      throw TrainingError(
        .state,
        "\(path): \(error). A damaged state cannot be continued; begin again with \(Remedy.restarting)")
    }
    for (name, tensor) in tensors {
      guard let dot = name.firstIndex(of: ".") else { continue }
      let (prefix, rest) = (String(name[..<dot]), String(name[name.index(after: dot)...]))
      switch prefix {
      case "weights": weights[rest] = tensor
      case "average": averages[rest] = tensor
      case "best": best[rest] = tensor
      default: memories[prefix, default: [:]][rest] = tensor
      }
    }
  }

  private static func isUnreadable(_ error: CheckpointError) -> Bool {
    [.notFound, .permissionDenied, .notARegularFile, .readFailed].contains(error.code)
  }

  /// True for a file that is the state of a training, or was one before it was damaged; false for what somebody keeps under its name.
  static func isState(_ path: String) -> Bool {
    guard CheckpointReader.isCheckpoint(path: path) else { return false }
    guard let reader = try? CheckpointReader(path: path) else { return true }
    return (try? reader.index.modelDescriptor())?.unknownMetadata[Self.member] != nil
  }

  init(progress: TrainingProgress) { self.progress = progress }
}
