import Messages
package import Serving
import StrictJSON

extension InferenceMessage {
  /// The most members of an object and elements of a list that a message has outside of data.
  private static let listLimit = 1000

  /// Reads the body of a request: JSON, and behind it the bytes of those inputs that have `binary_data_size` (extension *binary tensor
  /// data*), in the order of the inputs.
  ///
  /// - Parameter headerLength: `Inference-Header-Content-Length`, the bytes of the JSON; nil for all. 0 is the extension's raw request: all of the body is one
  ///   image.
  /// - Throws: ``ServingError`` of the code `invalid`.
  /// - Complexity: linear in the body.
  package init(body: [UInt8], headerLength: Int?) throws(ServingError) {
    if headerLength == 0 {
      guard !body.isEmpty else { throw ServingError(.invalid, "the request has no body") }
      self.init(
        inputs: [Input(name: InputName.image, datatype: "BYTES", shape: [1], content: .elements([body]))],
        outputs: OutputName.allCases.map { Wish(name: $0.rawValue, isBinary: true) })
      return
    }
    let length = headerLength ?? body.count
    guard length > 0, length <= body.count else {
      throw ServingError(
        .invalid, "Inference-Header-Content-Length is \(length), and the body has \(body.count) bytes")
    }
    var parser = Parser(
      scanner: JSONScanner(length == body.count ? body : Array(body[..<length])), tail: body[length...])
    do throws(JSONScanner.Fault) {
      self = try parser.message()
    } catch {
      throw ServingError(.invalid, "the request is not the JSON that is read here: \(error)")
    }
    if let error = parser.error { throw error }
    guard parser.tail.isEmpty else {
      throw ServingError(
        .invalid, "\(parser.tail.count) bytes are left behind those that the inputs' binary_data_size name")
    }
  }

  /// Reads the JSON of a request and takes the bytes behind it.
  private struct Parser {
    var scanner: JSONScanner
    /// The bytes that no input has taken yet.
    var tail: ArraySlice<UInt8>
    /// The first fault that lies not in the JSON itself.
    var error: ServingError?

    mutating func message() throws(JSONScanner.Fault) -> InferenceMessage {
      var message = InferenceMessage()
      var names: Set<String> = []
      try scanner.open(.object)
      while let name = try memberName(&names) {
        switch name {
        case "id": message.id = try scanner.string(limit: 4096)
        case "parameters": message.parameters = try parameters()
        case "inputs":
          try scanner.open(.array)
          while try scanner.nextElement() {
            guard message.inputs.count < listLimit else {
              throw scanner.fault("more than \(listLimit) inputs")
            }
            message.inputs.append(try input())
          }
        case "outputs":
          var wishes: [(wish: Wish, parameters: [String: Parameter])] = []
          try scanner.open(.array)
          while try scanner.nextElement() {
            guard wishes.count < listLimit else { throw scanner.fault("more than \(listLimit) outputs") }
            wishes.append(try wish())
          }
          message.outputs = wishes.map(\.wish)
          forms = wishes.map(\.parameters)
        default: try scanner.skipValue()
        }
      }
      try scanner.expectEnd()
      applyForms(to: &message)
      return message
    }

    /// The parameters of the outputs, which those of the request complete.
    private var forms: [[String: Parameter]] = []

    init(scanner: JSONScanner, tail: ArraySlice<UInt8>) {
      self.scanner = scanner
      self.tail = tail
    }

    private mutating func applyForms(to message: inout InferenceMessage) {
      var isBinary = false
      if let all = message.parameters["binary_data_output"] { isBinary = flag(all, "binary_data_output") }
      guard var wishes = message.outputs else {
        if isBinary {
          message.outputs = OutputName.allCases.map { Wish(name: $0.rawValue, isBinary: true) }
        }
        return
      }
      for (index, parameters) in forms.enumerated() {
        wishes[index].isBinary = parameters["binary_data"].map { flag($0, "binary_data") } ?? isBinary
        if let classes = parameters["classification"] {
          guard case .integer(let count) = classes, count > 0 else {
            fail("output '\(wishes[index].name.excerpt)': classification must be a number of classes")
            continue
          }
          wishes[index].classes = count
        }
      }
      message.outputs = wishes
    }

    private mutating func flag(_ value: Parameter, _ name: String) -> Bool {
      if case .flag(let flag) = value { return flag }
      fail("the parameter \(name) must be true or false")
      return false
    }

    private mutating func fail(_ message: String) {
      error = error ?? ServingError(.invalid, message)
    }

    private mutating func memberName(_ names: inout Set<String>) throws(JSONScanner.Fault) -> String? {
      guard let name = try scanner.nextName(limit: 4096) else { return nil }
      guard names.count < listLimit else {
        throw scanner.fault("an object of more than \(listLimit) members")
      }
      guard names.insert(name).inserted else { throw scanner.fault("an object names a member twice") }
      return name
    }

    private mutating func parameters() throws(JSONScanner.Fault) -> [String: Parameter] {
      var parameters: [String: Parameter] = [:]
      var names: Set<String> = []
      try scanner.open(.object)
      while let name = try memberName(&names) {
        switch scanner.peek() {
        case UInt8(ascii: "\""): parameters[name] = .text(try scanner.string(limit: 1 << 16))
        case UInt8(ascii: "t"), UInt8(ascii: "f"): parameters[name] = .flag(try scanner.boolean())
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "n"): try scanner.skipValue()
        default:
          let number = try scanner.number()
          parameters[name] = Int(exactly: number).map(Parameter.integer) ?? .number(number)
        }
      }
      return parameters
    }

    private mutating func wish() throws(JSONScanner.Fault) -> (Wish, [String: Parameter]) {
      var wish: String?
      var given: [String: Parameter] = [:]
      var names: Set<String> = []
      try scanner.open(.object)
      while let name = try memberName(&names) {
        switch name {
        case "name": wish = try scanner.string(limit: 4096)
        case "parameters": given = try parameters()
        default: try scanner.skipValue()
        }
      }
      guard let wish else { throw scanner.fault("an output has no name") }
      return (Wish(name: wish), given)
    }

    private mutating func input() throws(JSONScanner.Fault) -> Input {
      var (name, datatype, shape): (String?, String?, [Int]?) = (nil, nil, nil)
      var given: [String: Parameter] = [:]
      var dataPosition: Int?
      var names: Set<String> = []
      try scanner.open(.object)
      while let member = try memberName(&names) {
        switch member {
        case "name": name = try scanner.string(limit: 4096)
        case "datatype": datatype = try scanner.string(limit: 64)
        case "shape":
          var extents: [Int] = []
          try scanner.open(.array)
          while try scanner.nextElement() {
            guard extents.count < 16 else { throw scanner.fault("a shape of more than 16 extents") }
            extents.append(try scanner.count())
          }
          shape = extents
        case "parameters": given = try parameters()
        case "data":
          // Its elements are read when the type is known.
          _ = scanner.peek()
          dataPosition = scanner.position
          try scanner.skipValue()
        default: try scanner.skipValue()
        }
      }
      guard let name, let datatype, let shape else {
        throw scanner.fault("an input lacks its name, datatype or shape")
      }
      let content: Content
      if let size = given["binary_data_size"] {
        guard dataPosition == nil else { throw scanner.fault("an input has both data and binary_data_size") }
        content = binary(size, datatype, name)
      } else if let dataPosition {
        let end = scanner
        scanner.position = dataPosition
        content = try data(datatype)
        scanner = end
      } else {
        throw scanner.fault("an input has neither data nor binary_data_size")
      }
      return Input(name: name, datatype: datatype, shape: shape, parameters: given, content: content)
    }

    /// The elements of an input whose bytes stand behind the JSON.
    private mutating func binary(_ size: Parameter, _ datatype: String, _ name: String) -> Content {
      guard case .integer(let count) = size, count >= 0, count <= tail.count else {
        fail("input '\(name.excerpt)': binary_data_size is not a number of bytes that the body has")
        return .elements([])
      }
      let bytes = tail.prefix(count)
      tail = tail.dropFirst(count)
      do throws(ServingError) {
        return try Content(bytes: bytes, datatype: datatype)
      } catch {
        self.error = self.error ?? ServingError(error.code, "input '\(name.excerpt)': \(error.message)")
        return .elements([])
      }
    }

    /// The elements of nested or flat lists.
    private mutating func data(_ datatype: String) throws(JSONScanner.Fault) -> Content {
      var floats: [Float] = []
      var texts: [[UInt8]] = []
      let isText = datatype == "BYTES"
      try elements(level: 0) { scanner throws(JSONScanner.Fault) in
        if isText {
          guard texts.count < InferenceRequest.rowLimit else {
            throw scanner.fault("more than \(InferenceRequest.rowLimit) elements")
          }
          texts.append(Array(try scanner.string().utf8))
        } else {
          floats.append(Float(try scanner.number()))
        }
      }
      return isText ? .elements(texts) : .floats(floats)
    }

    private mutating func elements(
      level: Int, _ read: (inout JSONScanner) throws(JSONScanner.Fault) -> Void
    ) throws(JSONScanner.Fault) {
      guard level < 16 else { throw scanner.fault("data of more than 16 lists within each other") }
      try scanner.open(.array)
      while try scanner.nextElement() {
        if scanner.peek() == UInt8(ascii: "[") {
          try elements(level: level + 1, read)
        } else {
          try read(&scanner)
        }
      }
    }
  }
}

extension InferenceMessage.Content {
  /// Reads elements as the protocol has them in bytes: little-endian numbers one behind the other, or texts with their lengths in 4 bytes
  /// before them.
  ///
  /// - Throws: ``ServingError`` of the code `invalid`; it does not name the input.
  package init(bytes: ArraySlice<UInt8>, datatype: String) throws(ServingError) {
    switch datatype {
    case "BYTES":
      var elements: [[UInt8]] = []
      var rest = bytes
      while !rest.isEmpty {
        guard elements.count < InferenceRequest.rowLimit else {
          throw ServingError(.tooLarge, "more than \(InferenceRequest.rowLimit) elements")
        }
        guard rest.count >= 4 else { throw ServingError(.invalid, "the bytes end within a length") }
        let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(4)
        guard length <= rest.count else { throw ServingError(.invalid, "the bytes end within an element") }
        elements.append(Array(rest.prefix(length)))
        rest = rest.dropFirst(length)
      }
      self = .elements(elements)
    case "FP32":
      guard bytes.count % 4 == 0 else {
        throw ServingError(.invalid, "\(bytes.count) bytes are no whole number of 32-bit floats")
      }
      let floats = unsafe bytes.withUnsafeBytes { source in
        unsafe [Float](unsafeUninitializedCapacity: source.count / 4) { target, count in
          unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
          count = source.count / 4
        }
      }
      self = .floats(floats)
    default:
      throw ServingError(
        .invalid, "the datatype \(datatype.excerpt) is not taken; 'image' is BYTES, 'input' is FP32")
    }
  }
}
