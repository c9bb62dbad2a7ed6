import Inference
import ResNetGraph
import ResNetModel
import Threads

/// The class map, ``ClassMap``, by a session of its own.
final class ClassMapEngine: ExplanationEngine {
  private let session: InferenceSession
  private let classMap: ClassMap
  private let logitsNode: Int
  private let shape: FeatureShape

  /// - Throws: ``ExplanationError/notLinear(_:)``.
  init(
    _ model: Model, height: Int, width: Int, pool: WorkerPool
  ) throws(ExplanationError) {
    classMap = try ClassMap(model)
    do {
      let plan = try InferencePlan(
        model, height: height, width: width, outputs: [classMap.node, model.graph.nodes.count - 1], pool: pool
      )
      shape = plan.shape(of: classMap.node)
      logitsNode = plan.logits
      session = try InferenceSession(plan: plan, capacity: 1, pool: pool)
    } catch {
      throw .inference(error)
    }
  }

  func begin(_ input: [Float]) -> [Float] {
    session.withInput(0) { span in
      for index in span.indices { span[index] = input[index] }
    }
    session.run(count: 1)
    return session.withOutput(logitsNode, of: 0) { logits in logits.indices.map { logits[$0] } }
  }

  func map(for answer: ExplainedAnswer) -> ComputedMap {
    let maps = session.withOutput(classMap.node, of: 0) { ChannelMaps($0, channels: shape.channels) }
    let logits = session.withOutput(logitsNode, of: 0) { span in span.indices.map { span[$0] } }
    return classMap.map(for: answer, of: maps, shape: shape, logits: logits)
  }
}
