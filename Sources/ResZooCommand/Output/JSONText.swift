import ResZoo

/// JSON as the commands print it.
enum JSONText {
  static func line(_ value: some Encodable) throws(Failure) -> String {
    try encode(value, pretty: false)
  }

  static func pretty(_ value: some Encodable) throws(Failure) -> String {
    try encode(value, pretty: true)
  }

  private static func encode(_ value: some Encodable, pretty: Bool) throws(Failure) -> String {
    do {
      return try JSON.text(ofRecord: value, pretty: pretty)
    } catch {
      throw Failure(.data, "a result \(error.message)")
    }
  }
}
