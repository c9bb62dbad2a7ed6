import ModelDescriptor

/// A value in a JSON record of another program, and its place there.
struct RecordValue {
  let value: JSONValue
  /// The place, for example `pretrained_cfg.mean[1]`; empty for the whole record.
  let path: String

  /// An error about this value.
  func fault(_ message: String) -> DescriptorError {
    DescriptorError(.malformed, field: path, message)
  }

  /// The member of that name; nil when it is absent or null.
  func member(_ name: String) throws(DescriptorError) -> RecordValue? {
    guard case .object(let members) = value else { throw fault("must be an object") }
    guard let value = members[name], value != .null else { return nil }
    return RecordValue(value: value, path: path.isEmpty ? name : path + "." + name)
  }

  /// The names of all members, sorted.
  func memberNames() throws(DescriptorError) -> [String] {
    guard case .object(let members) = value else { throw fault("must be an object") }
    return members.keys.sorted()
  }

  /// True if this is an object with a member of that name.
  func has(_ name: String) -> Bool {
    guard case .object(let members) = value, let member = members[name] else { return false }
    return member != .null
  }

  func string() throws(DescriptorError) -> String {
    guard case .string(let text) = value else { throw fault("must be a string") }
    return text
  }

  func flag() throws(DescriptorError) -> Bool {
    guard case .boolean(let flag) = value else { throw fault("must be true or false") }
    return flag
  }

  func number() throws(DescriptorError) -> Double {
    switch value {
    case .integer(let number): return Double(number)
    case .natural(let number): return Double(number)
    case .number(let number): return number
    default: throw fault("must be a number")
    }
  }

  /// A whole number from 0 to 2³¹.
  func count() throws(DescriptorError) -> Int {
    let number = try number()
    guard let count = Int(exactly: number), (0...1 << 31).contains(count) else {
      throw fault("must be a whole number from 0 to 2147483648")
    }
    return count
  }

  func elements() throws(DescriptorError) -> [RecordValue] {
    guard case .array(let elements) = value else { throw fault("must be an array") }
    return elements.enumerated().map { RecordValue(value: $1, path: "\(path)[\($0)]") }
  }

  func strings() throws(DescriptorError) -> [String] {
    var strings: [String] = []
    for element in try elements() { strings.append(try element.string()) }
    return strings
  }

  func numbers() throws(DescriptorError) -> [Double] {
    var numbers: [Double] = []
    for element in try elements() { numbers.append(try element.number()) }
    return numbers
  }

  func counts() throws(DescriptorError) -> [Int] {
    var counts: [Int] = []
    for element in try elements() { counts.append(try element.count()) }
    return counts
  }
}
