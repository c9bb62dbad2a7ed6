import ResNetGraph

/// The places of the parts of a drawing, in pixels.
struct Layout {
  /// One drawn node. Blocks that repeat are drawn once.
  struct Box {
    var node: Int
    /// The middle of its column.
    var x: Double
    /// The upper edge.
    var y: Double
    var width: Double
    var height: Double

    var middle: Double { y + height / 2 }
    var bottom: Double { y + height }
    var left: Double { x - width / 2 }
    var right: Double { x + width / 2 }
  }

  /// A block's frame.
  struct Frame {
    var block: GraphOutline.Block
    var top: Double
    var bottom: Double
  }

  /// A stage's frame, or that of the stem or head.
  struct Panel {
    var section: GraphOutline.Section
    var top: Double
    var bottom: Double
  }

  /// A way from one place to another, in the language of SVG's paths.
  struct Way {
    var path: String
    var hasHead: Bool
  }

  var boxes: [Box] = []
  var frames: [Frame] = []
  var panels: [Panel] = []
  var ways: [Way] = []
  /// The heights at which ways part in the main column.
  var partings: [Double] = []
  var height = 0.0

  static let width = 680.0
  static let panelEdges = (left: 16.0, right: 664.0)
  static let frameEdges = (left: 96.0, right: 650.0)
  /// The middle of the main column, and of the one for shortcuts.
  static let mainColumn = 320.0
  static let sideColumn = 546.0
  static let mainWidth = 196.0
  static let sideWidth = 172.0
  /// The columns of arcs on both sides of the main column.
  static let lanes = (left: 206.0, right: 438.0)
  /// The right end of the shapes' column.
  static let shapeEdge = 196.0
}
