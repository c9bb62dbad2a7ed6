// One import gives a Swift program all that it needs to open, run, convert and inspect networks.
@_exported public import CheckpointFormat
@_exported public import Datasets
@_exported public import GraphDrawing
@_exported public import ImageInput
@_exported public import Importers
@_exported public import Inference
@_exported public import Messages
@_exported public import Metrics
@_exported public import ModelDescriptor
@_exported public import ModelZoo
@_exported public import PublishedModels
@_exported public import ResNetGraph
@_exported public import ResNetModel
@_exported public import TensorCore
@_exported public import Training
@_exported public import TrainingReports
