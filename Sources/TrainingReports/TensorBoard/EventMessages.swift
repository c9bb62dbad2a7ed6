/// The messages of TensorBoard's event files, with the field numbers of its `event.proto`, `summary.proto` and `tensor.proto`.
enum EventMessages {
  /// The first event of each file.
  static func fileVersion(wallTime: Double) -> WireMessage {
    var event = event(wallTime: wallTime, step: 0)
    event.add(3, "brain.Event:2")
    return event
  }

  /// The beginning of a session: TensorBoard drops what earlier files of the run have from `step` on.
  static func sessionStart(wallTime: Double, step: Int) -> WireMessage {
    var session = WireMessage()
    session.add(1, 1)
    var event = event(wallTime: wallTime, step: step)
    event.add(7, session)
    return event
  }

  static func summary(wallTime: Double, step: Int, _ values: [WireMessage]) -> WireMessage {
    var summary = WireMessage()
    for value in values { summary.add(1, value) }
    var event = event(wallTime: wallTime, step: step)
    event.add(5, summary)
    return event
  }

  /// A number under a name with slashes between its parts.
  static func scalar(_ tag: String, _ number: Double) -> WireMessage {
    var value = WireMessage()
    value.add(1, tag)
    value.add(2, Float(number))
    return value
  }

  /// - Parameter png: a file of `width`×`height` RGB pixels.
  static func image(_ tag: String, width: Int, height: Int, png: [UInt8]) -> WireMessage {
    var image = WireMessage()
    image.add(1, height)
    image.add(2, width)
    image.add(3, 3)
    image.add(4, png)
    var value = WireMessage()
    value.add(1, tag)
    value.add(4, image)
    return value
  }

  /// Markdown for the text tab: a tensor of one string.
  static func text(_ tag: String, _ markdown: String) -> WireMessage {
    var plugin = WireMessage()
    plugin.add(1, "text")
    var metadata = WireMessage()
    metadata.add(1, plugin)
    var extent = WireMessage()
    extent.add(1, 1)
    var shape = WireMessage()
    shape.add(2, extent)
    var tensor = WireMessage()
    tensor.add(1, 7)
    tensor.add(2, shape)
    tensor.add(8, markdown)
    var value = WireMessage()
    value.add(1, tag)
    value.add(8, tensor)
    value.add(9, metadata)
    return value
  }

  private static func event(wallTime: Double, step: Int) -> WireMessage {
    var event = WireMessage()
    event.add(1, wallTime)
    // A field that has its default is left out.
    if step != 0 { event.add(2, step) }
    return event
  }
}
