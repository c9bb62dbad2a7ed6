/// Things that are joined pairwise, as their connected components (Galler and Fischer 1964).
struct ConnectedGroups {
  private var parents: [Int]

  /// So many things, each alone.
  init(count: Int) {
    parents = Array(0..<count)
  }

  /// Joins the groups of two things.
  mutating func join(_ first: Int, _ second: Int) {
    let (first, second) = (root(of: first), root(of: second))
    // The first thing of a group stands for it, whatever the order of the pairs.
    parents[max(first, second)] = min(first, second)
  }

  /// The first thing of the group.
  mutating func root(of thing: Int) -> Int {
    var thing = thing
    while parents[thing] != thing {
      parents[thing] = parents[parents[thing]]
      thing = parents[thing]
    }
    return thing
  }

  /// The groups of two things or more, each in ascending order, by their first things.
  mutating func all() -> [[Int]] {
    var members: [Int: [Int]] = [:]
    for thing in parents.indices { members[root(of: thing), default: []].append(thing) }
    return members.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
  }
}
