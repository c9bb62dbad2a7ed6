public import CheckpointFormat
public import ModelDescriptor

extension CheckpointIndex {
  /// What the file's two documents say.
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
