import Messages
public import ModelDescriptor

/// Names of classes in a file: a text of lines, or JSON in any of the forms that other programs write.
public enum LabelList {
  /// The names in the order of the logits.
  ///
  /// JSON may be an array of names, an object from each class's number to its name or from each name to its number, Keras's list of
  /// ImageNet's classes (`{"0": ["n01440764", "tench"], …}`), or a `config.json` with `id2label` or `label_names`.
  ///
  /// A text has one name on each line, with or without the classes' numbers or WordNet's before them, or is a list or a dictionary as
  /// Python writes it.
  ///
  /// - Throws: ``DescriptorError`` with `malformed` that says where the text departs from these forms.
  public static func read(_ bytes: [UInt8]) throws(DescriptorError) -> [String] {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let content = Array(bytes.starts(with: mark) ? bytes[3...] : bytes[...])
    let first = content.first { $0 > 0x20 }
    if first == UInt8(ascii: "[") || first == UInt8(ascii: "{"),
      let value = try? JSON.decode(JSONValue.self, from: content)
    {
      return try names(RecordValue(value: value, path: ""))
    }
    guard let text = String(validating: content, as: UTF8.self) else {
      throw DescriptorError(
        .malformed, field: "", "this is not UTF-8 text; labels are one name on each line, or JSON")
    }
    do throws(LabelText.Fault) {
      return try LabelText.labels(text)
    } catch {
      throw DescriptorError(.malformed, field: "", error.message)
    }
  }

  private static func names(_ value: RecordValue) throws(DescriptorError) -> [String] {
    guard case .object(let members) = value.value else { return try value.strings() }
    for name in ["id2label", "label_names", "labels", "class_to_idx"] where value.has(name) {
      return try value.member(name)?.classNames() ?? []
    }
    if case .object = members["pretrained_cfg"], let part = try value.member("pretrained_cfg"),
      part.has("label_names")
    {
      return try part.member("label_names")?.classNames() ?? []
    }
    return try value.classNames()
  }
}

extension RecordValue {
  /// Names of classes: an array, an object from each class's number to its name, or one from each name to its number.
  func classNames() throws(DescriptorError) -> [String] {
    guard case .object(let members) = value else { return try strings() }
    let isByName = members.values.allSatisfy { value in
      if case .integer = value { true } else { false }
    }
    guard isByName else { return try numberedNames() }
    let labels = try namesByNumber()
    // Names that are all the numbers of the classes: each could be meant as the other.
    let places = labels.compactMap { Int($0) }
    if places != Array(labels.indices), places.sorted() == Array(labels.indices) {
      throw fault("has numbers for numbers, which can be read in two ways; write the names as a list")
    }
    return labels
  }

  /// The names of an object from each class's number to its name, or to a list that ends with its name.
  private func numberedNames() throws(DescriptorError) -> [String] {
    guard case .object(let members) = value else { throw fault("must be an object") }
    var labels: [String] = []
    for index in 0..<members.count {
      guard let label = members[String(index)] else {
        throw fault(
          "has \(members.count) members, which must be named 0 to \(members.count - 1); there is no \(index)")
      }
      let place = RecordValue(value: label, path: path.isEmpty ? "\(index)" : "\(path).\(index)")
      if case .array = label, let last = try place.strings().last {
        labels.append(last)
      } else {
        labels.append(try place.string())
      }
    }
    return labels
  }

  /// The members' names in the order of their numbers.
  private func namesByNumber() throws(DescriptorError) -> [String] {
    var labels: [Int: String] = [:]
    for name in try memberNames() {
      guard let number = try member(name)?.count() else { continue }
      if let other = labels.updateValue(name, forKey: number) {
        throw fault("'\(other.excerpt)' and '\(name.excerpt)' have the same number \(number)")
      }
    }
    var sorted: [String] = []
    for index in 0..<labels.count {
      guard let label = labels[index] else {
        throw fault(
          "has \(labels.count) names, whose numbers must be 0 to \(labels.count - 1); none has \(index)")
      }
      sorted.append(label)
    }
    return sorted
  }
}
