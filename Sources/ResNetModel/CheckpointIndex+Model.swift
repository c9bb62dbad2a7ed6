public import CheckpointFormat
public import ModelDescriptor
import ResNetGraph

extension CheckpointIndex {
  /// The descriptor that the file's two documents describe.
  ///
  /// - Throws: ``ModelError/descriptor(_:)``; of an architecture that cannot be expanded before anything of the metadata (NETWORK §1.1).
  public func modelDescriptor() throws(ModelError) -> ModelDescriptor {
    do {
      return try ModelDescriptor(architectureJSON: architectureJSON, metadataJSON: metadataJSON)
    } catch {
      if error.document == .metadata, let fault = graphFault { throw .descriptor(fault) }
      throw .descriptor(error)
    }
  }

  /// Why the architecture cannot be expanded; nil if it can.
  private var graphFault: DescriptorError? {
    do throws(DescriptorError) {
      _ = try Graph(try Architecture(json: architectureJSON))
      return nil
    } catch {
      return error
    }
  }
}
