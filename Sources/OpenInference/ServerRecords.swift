import ModelDescriptor
import ResZoo
package import Serving

/// The name, version and extensions of a server: the answer to `GET /v2`.
package struct ServerMetadata: Encodable, Sendable {
  package var name = "reszoo"
  package var version: String
  package var extensions = [
    "binary_tensor_data", "classification", "model_configuration", "model_repository", "statistics",
    "schedule_policy", "parameters",
  ]

  package init(version: String) { self.version = version }
}

/// The inputs and outputs of a model: the answer to `GET /v2/models/NAME`.
package struct ModelMetadata: Encodable, Sendable {
  /// A tensor that goes in or comes out; -1 is any number of rows.
  package struct Tensor: Encodable, Sendable {
    package var name: String
    package var datatype: String
    package var shape: [Int]
  }

  package var name: String
  package var versions = [InferenceReply.modelVersion]
  package var platform = "reszoo_rzoo"
  package var inputs: [Tensor]
  package var outputs: [Tensor]

  package init(_ model: ServedModel) {
    name = model.name
    inputs = [
      Tensor(name: InferenceMessage.InputName.image, datatype: "BYTES", shape: [-1]),
      Tensor(name: InferenceMessage.InputName.tensor, datatype: "FP32", shape: [-1] + model.inputExtents),
    ]
    outputs = InferenceMessage.OutputName.allCases.map {
      Tensor(name: $0.rawValue, datatype: "FP32", shape: [-1, model.descriptor.architecture.classes])
    }
  }
}

/// The settings of a model, as far as Triton's have them: `GET /v2/models/NAME/config`.
package struct ModelConfiguration: Encodable, Sendable {
  package struct Input: Encodable, Sendable {
    package var name: String
    package var dataType: String
    package var dims: [Int]
    /// Each request has one of the inputs.
    package var optional = true

    enum CodingKeys: String, CodingKey {
      case name, dims, optional
      case dataType = "data_type"
    }
  }

  package struct Output: Encodable, Sendable {
    package var name: String
    package var dataType = "TYPE_FP32"
    package var dims: [Int]

    enum CodingKeys: String, CodingKey {
      case name, dims
      case dataType = "data_type"
    }
  }

  package struct Batching: Encodable, Sendable {
    package var maxQueueDelay: Int

    enum CodingKeys: String, CodingKey { case maxQueueDelay = "max_queue_delay_microseconds" }
  }

  package struct Parameter: Encodable, Sendable {
    package var value: String

    enum CodingKeys: String, CodingKey { case value = "string_value" }
  }

  package struct Latest: Encodable, Sendable {
    package var latest = ["num_versions": 1]
  }

  package var name: String
  package var platform = "reszoo_rzoo"
  package var backend = "reszoo"
  package var versionPolicy = Latest()
  package var maxBatchSize: Int
  package var input: [Input]
  package var output: [Output]
  package var dynamicBatching: Batching
  /// `precision`: the numbers that are multiplied, `f32`, `bf16` or `int8`; `temperature`: the number that logits are divided by before they
  /// become probabilities, if the model has one.
  package var parameters: [String: Parameter]

  enum CodingKeys: String, CodingKey {
    case name, platform, backend, input, output, parameters
    case versionPolicy = "version_policy"
    case maxBatchSize = "max_batch_size"
    case dynamicBatching = "dynamic_batching"
  }

  package init(_ model: ServedModel, _ options: EngineOptions) {
    name = model.name
    maxBatchSize = options.maxBatch
    input = [
      Input(name: InferenceMessage.InputName.image, dataType: "TYPE_STRING", dims: []),
      Input(name: InferenceMessage.InputName.tensor, dataType: "TYPE_FP32", dims: model.inputExtents),
    ]
    output = InferenceMessage.OutputName.allCases.map {
      Output(name: $0.rawValue, dims: [model.descriptor.architecture.classes])
    }
    parameters = ["precision": Parameter(value: model.arithmetic)]
    parameters["temperature"] = model.descriptor.temperature.map { Parameter(value: "\($0.value)") }
    dynamicBatching = Batching(maxQueueDelay: Int(options.maxDelay.seconds * 1e6))
  }
}

/// Figures of models: `GET /v2/models/stats`.
package struct StatisticsRecord: Encodable, Sendable {
  package struct Duration: Encodable, Sendable {
    package var count: Int
    package var ns: Int

    init(_ total: ModelStatistics.Total) {
      count = total.count
      ns = Int(total.time.seconds * 1e9)
    }
  }

  package struct Stages: Encodable, Sendable {
    package var success: Duration
    package var fail: Duration
    package var queue: Duration
    package var computeInput: Duration
    package var computeInfer: Duration
    package var computeOutput: Duration
    package var cacheHit = Duration(.init())
    package var cacheMiss = Duration(.init())

    enum CodingKeys: String, CodingKey {
      case success, fail, queue
      case computeInput = "compute_input"
      case computeInfer = "compute_infer"
      case computeOutput = "compute_output"
      case cacheHit = "cache_hit"
      case cacheMiss = "cache_miss"
    }
  }

  package struct Batch: Encodable, Sendable {
    package var size: Int
    package var computeInput: Duration
    package var computeInfer: Duration
    package var computeOutput: Duration

    enum CodingKeys: String, CodingKey {
      case size = "batch_size"
      case computeInput = "compute_input"
      case computeInfer = "compute_infer"
      case computeOutput = "compute_output"
    }
  }

  package struct Model: Encodable, Sendable {
    package var name: String
    package var version = InferenceReply.modelVersion
    package var lastInference: Int
    package var inferenceCount: Int
    package var executionCount: Int
    package var inferenceStats: Stages
    package var responseStats: [String: Duration] = [:]
    package var batchStats: [Batch]
    package var memoryUsage: [Int] = []

    enum CodingKeys: String, CodingKey {
      case name, version
      case lastInference = "last_inference"
      case inferenceCount = "inference_count"
      case executionCount = "execution_count"
      case inferenceStats = "inference_stats"
      case responseStats = "response_stats"
      case batchStats = "batch_stats"
      case memoryUsage = "memory_usage"
    }

    init(_ model: ServedModel) {
      let figures = model.statistics.snapshot
      name = model.name
      lastInference = figures.lastAnswer
      inferenceCount = figures.rowCount
      executionCount = figures.batches.values.reduce(0) { $0 + $1.run.count }
      let failures = figures.failures.values.reduce(into: ModelStatistics.Total()) { $0 = $0 + $1 }
      inferenceStats = Stages(
        success: Duration(figures.success), fail: Duration(failures), queue: Duration(figures.queue),
        computeInput: Duration(figures.input), computeInfer: Duration(figures.run),
        computeOutput: Duration(figures.output))
      batchStats = figures.batches.sorted { $0.key < $1.key }.map { size, batches in
        Batch(
          size: size, computeInput: Duration(batches.input), computeInfer: Duration(batches.run),
          computeOutput: Duration(batches.output))
      }
    }
  }

  package var modelStats: [Model]

  enum CodingKeys: String, CodingKey { case modelStats = "model_stats" }

  package init(_ models: [ServedModel]) {
    modelStats = models.map(Model.init)
  }
}
