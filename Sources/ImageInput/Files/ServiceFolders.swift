/// Returns true if a folder of this name is kept by a system or a program for itself: a hidden one, the thumbnails of a network drive, a
/// bin. No image in it was put there by its owner.
package func isServiceFolder(_ name: String) -> Bool {
  name.hasPrefix(".") || serviceFolders.contains(name.lowercased())
}

private let serviceFolders: Set<String> = [
  // Network drives of Synology and QNAP.
  "@eadir", "@tmp", "@recycle", "@recently-snapshot", "@__thumb", "#recycle", "#snapshot",
  // Windows, macOS' archives, Linux, Python.
  "$recycle.bin", "system volume information", "__macosx", "lost+found", "__pycache__",
]
