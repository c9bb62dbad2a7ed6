import Messages

/// The names that the paths and the classes of a manifest's images go by, and the choice among those that it has.
enum ManifestColumns {
  /// A use of a column.
  enum Use {
    case path
    case label
    /// Any number of classes in one field.
    case labels

    /// The names, the one that wins over the others first.
    var names: [String] {
      switch self {
      case .path:
        [
          "path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path",
          "image_name", "image_file",
          "img", "img_path", "img_name",
        ]
      case .label: ["label", "class", "target", "class_name", "classname", "label_name", "category", "cls"]
      case .labels:
        ["labels", "classes", "targets", "tags", "class_names", "label_names", "categories"]
          + Self.label.names
      }
    }
  }

  /// Two columns of which either could be meant.
  struct Ambiguity: Error {
    var first: String
    var second: String
    var use: Use

    var message: Remark {
      "the columns '\(first)' and '\(second)' may both hold the \(use == .path ? "paths" : "classes"); call the right one '\(use.names[0])'"
    }
  }

  /// The place of a column among names; nil where there is none.
  static func find(_ use: Use, in header: [String]) throws(Ambiguity) -> Int? {
    let names = header.map(simplified)
    let main = names.indices.filter { names[$0] == use.names[0] }
    let found = main.isEmpty ? names.indices.filter { use.names.contains(names[$0]) } : main
    guard found.count < 2 else {
      throw Ambiguity(first: header[found[0]], second: header[found[1]], use: use)
    }
    return found.first
  }

  /// The names that a header must have, for an error.
  static let expected = "'path' (or 'file', 'filename', 'image') and 'label' (or 'class', 'target')"

  private static func simplified(_ name: String) -> String {
    name.lowercased().split { $0.isWhitespace || $0 == "-" || $0 == "_" }.joined(separator: "_")
  }
}

extension LabelForm {
  /// The use of the column with the classes.
  var use: ManifestColumns.Use { self == .one ? .label : .labels }
}
