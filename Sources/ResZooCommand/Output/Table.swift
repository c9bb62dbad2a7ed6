import Messages

/// Rows of text in columns: the first ones flush left, the others flush right.
struct Table {
  let head: [String]
  let rows: [[String]]
  /// The number of columns that are flush left.
  var leftColumns = 1

  /// The table with the longest names in its head cut, as far as its lines then take no more than some columns.
  func withHeadShortened(to columns: Int) -> Table {
    let names = head.dropFirst(leftColumns)
    func width(_ limit: Int) -> Int {
      let widths = head.indices.map { column in
        let cells = rows.map { $0[column].printable.columns }.max() ?? 0
        let name = head[column].printable.columns
        return max(cells, column < leftColumns ? name : min(name, limit))
      }
      return widths.reduce(2 * (widths.count - 1), +)
    }
    let longest = names.map(\.printable.columns).max() ?? 0
    guard width(longest) > columns else { return self }
    let limit =
      (Self.leastName...max(Self.leastName, longest)).last { width($0) <= columns } ?? Self.leastName
    return Table(
      head: head.prefix(leftColumns) + names.map { $0.printable.cut(to: limit) }, rows: rows,
      leftColumns: leftColumns)
  }

  /// The columns of a name that is cut as far as it makes sense.
  private static let leastName = 3

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
