package import InferenceMessages
import Messages
package import Serving
import SwiftProtobuf

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension InferenceMessage {
  /// Reads a request: the elements of its inputs lie in the inputs themselves, or for all of them as bytes behind the inputs.
  ///
  /// - Throws: ``ServingError`` of the code `invalid`.
  package init(_ request: Inference_ModelInferRequest) throws(ServingError) {
    let raw = request.rawInputContents
    guard raw.isEmpty || raw.count == request.inputs.count else {
      throw ServingError(.invalid, "\(request.inputs.count) inputs have \(raw.count) raw contents")
    }
    var inputs: [Input] = []
    for (index, input) in request.inputs.enumerated() {
      guard input.shape.count <= 16, input.shape.allSatisfy({ $0 >= 0 }) else {
        throw ServingError(
          .invalid, "input '\(input.name.excerpt)' has a shape of more than 16 extents, or below 0")
      }
      let content: Content
      if !raw.isEmpty {
        guard !input.hasContents else {
          throw ServingError(.invalid, "input '\(input.name.excerpt)' has both contents and raw contents")
        }
        content = try Content(bytes: Array(raw[index])[...], datatype: input.datatype)
      } else if input.datatype == "BYTES" {
        guard input.contents.bytesContents.count <= InferenceRequest.rowLimit else {
          throw ServingError(.tooLarge, "more than \(InferenceRequest.rowLimit) elements")
        }
        content = .elements(input.contents.bytesContents.map { Array($0) })
      } else {
        content = .floats(input.contents.fp32Contents)
      }
      inputs.append(
        Input(
          name: input.name, datatype: input.datatype, shape: input.shape.map { Int($0) },
          parameters: Self.parameters(input.parameters), content: content))
    }
    var wishes: [Wish] = []
    for output in request.outputs {
      var wish = Wish(name: output.name)
      if let classes = Self.parameters(output.parameters)["classification"] {
        guard case .integer(let count) = classes, count > 0 else {
          throw ServingError(
            .invalid, "output '\(output.name.excerpt)': classification must be a number of classes")
        }
        wish.classes = count
      }
      wishes.append(wish)
    }
    self.init(
      id: request.id.isEmpty ? nil : request.id, parameters: Self.parameters(request.parameters),
      inputs: inputs,
      outputs: wishes.isEmpty ? nil : wishes)
  }

  private static func parameters(_ given: [String: Inference_InferParameter]) -> [String: Parameter] {
    given.compactMapValues { parameter in
      switch parameter.parameterChoice {
      case .boolParam(let value): .flag(value)
      case .int64Param(let value): .integer(Int(value))
      case .uint64Param(let value): Int(exactly: value).map(Parameter.integer) ?? .number(Double(value))
      case .stringParam(let value): .text(value)
      case .doubleParam(let value): .number(value)
      case nil: nil
      }
    }
  }
}

extension Inference_ModelInferResponse {
  /// The answer with all tensors as bytes.
  package init(_ reply: InferenceReply) {
    self.init()
    modelName = reply.modelName
    modelVersion = InferenceReply.modelVersion
    id = reply.id ?? ""
    for output in reply.outputs {
      outputs.append(
        .with {
          ($0.name, $0.datatype, $0.shape) = (output.name, output.datatype, output.shape.map { Int64($0) })
        })
      rawOutputContents.append(.init(output.content.bytes))
    }
  }
}

extension Inference_ModelMetadataResponse {
  package init(_ facts: ModelMetadata) {
    func tensors(_ tensors: [ModelMetadata.Tensor]) -> [TensorMetadata] {
      tensors.map { tensor in
        .with {
          ($0.name, $0.datatype, $0.shape) = (tensor.name, tensor.datatype, tensor.shape.map { Int64($0) })
        }
      }
    }
    self.init()
    (name, versions, platform) = (facts.name, facts.versions, facts.platform)
    (inputs, outputs) = (tensors(facts.inputs), tensors(facts.outputs))
  }
}

extension Inference_ModelConfig {
  package init(_ facts: ModelConfiguration) {
    self.init()
    (name, platform, backend) = (facts.name, facts.platform, facts.backend)
    maxBatchSize = Int32(clamping: facts.maxBatchSize)
    versionPolicy.latest.numVersions = 1
    dynamicBatching.maxQueueDelayMicroseconds = UInt64(facts.dynamicBatching.maxQueueDelay)
    input = facts.input.map { input in
      .with {
        $0.name = input.name
        $0.dataType = input.dataType == "TYPE_STRING" ? .typeString : .typeFp32
        $0.dims = input.dims.map { Int64($0) }
        $0.optional = input.optional
      }
    }
    output = facts.output.map { output in
      .with { ($0.name, $0.dataType, $0.dims) = (output.name, .typeFp32, output.dims.map { Int64($0) }) }
    }
  }
}

extension Inference_ModelStatistics {
  package init(_ facts: StatisticsRecord.Model) {
    func duration(_ duration: StatisticsRecord.Duration) -> Inference_StatisticDuration {
      .with { ($0.count, $0.ns) = (UInt64(duration.count), UInt64(duration.ns)) }
    }
    self.init()
    (name, version) = (facts.name, facts.version)
    lastInference = UInt64(facts.lastInference)
    inferenceCount = UInt64(facts.inferenceCount)
    executionCount = UInt64(facts.executionCount)
    inferenceStats = .with {
      $0.success = duration(facts.inferenceStats.success)
      $0.fail = duration(facts.inferenceStats.fail)
      $0.queue = duration(facts.inferenceStats.queue)
      $0.computeInput = duration(facts.inferenceStats.computeInput)
      $0.computeInfer = duration(facts.inferenceStats.computeInfer)
      $0.computeOutput = duration(facts.inferenceStats.computeOutput)
      $0.cacheHit = duration(facts.inferenceStats.cacheHit)
      $0.cacheMiss = duration(facts.inferenceStats.cacheMiss)
    }
    batchStats = facts.batchStats.map { batch in
      .with {
        $0.batchSize = UInt64(batch.size)
        $0.computeInput = duration(batch.computeInput)
        $0.computeInfer = duration(batch.computeInfer)
        $0.computeOutput = duration(batch.computeOutput)
      }
    }
  }
}
