import Messages

/// Rows of text in columns: the first ones flush left, the others flush right.
struct Table {
  let head: [String]
  let rows: [[String]]
  /// The number of columns that are flush left.
  var leftColumns = 1

  var text: String {
    let all = ([head] + rows).map { $0.map(\.printable) }
    let widths = head.indices.map { column in all.map { $0[column].columns }.max() ?? 0 }
    return all.map { row in
      let cells = row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].columns)
        return column < leftColumns ? row[column] + padding : padding + row[column]
      }
      let line = cells.joined(separator: "  ")
      return line.trimmingSuffix { $0 == " " } + "\n"
    }.joined()
  }
}

extension String {
  fileprivate func trimmingSuffix(_ isTrimmed: (Character) -> Bool) -> Substring {
    var rest = self[...]
    while let last = rest.last, isTrimmed(last) { rest.removeLast() }
    return rest
  }
}
