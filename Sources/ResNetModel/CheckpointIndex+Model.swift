public import CheckpointFormat
public import ModelDescriptor

extension CheckpointIndex {
  /// The descriptor that the file's two documents describe.
  ///
  /// - Throws: ``ModelError/descriptor(_:)``.
  public func modelDescriptor() throws(ModelError) -> ModelDescriptor {
    do {
      return try ModelDescriptor(architectureJSON: architectureJSON, metadataJSON: metadataJSON)
    } catch {
      throw .descriptor(error)
    }
  }
}
