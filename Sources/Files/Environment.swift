import Platform

/// An environment variable that is set, not empty and UTF-8.
package func environment(_ name: String) -> String? {
  guard let value = unsafe getenv(name) else { return nil }
  guard let text = unsafe String(validatingCString: value) else { return nil }
  return text.isEmpty ? nil : text
}
