public import ArgumentParser
public import ResZoo

extension OptimizerName: ExpressibleByArgument {
  /// Usual numbers of the optimizers for help: `0.1 for sgd, 0.001 for adam and adamw`.
  static func usual(_ number: (UsualRates) -> Double) -> String {
    var groups: [(number: Double, names: [String])] = []
    for name in allCases {
      let number = number(name.usual)
      if let index = groups.firstIndex(where: { $0.number == number }) {
        groups[index].names.append(name.rawValue)
      } else {
        groups.append((number, [name.rawValue]))
      }
    }
    return groups.map { number, names in
      let first = names.dropLast().joined(separator: ", ")
      return (number == 0 ? "0" : "\(number)") + " for "
        + (first.isEmpty ? "" : first + " and ") + names[names.count - 1]
    }.joined(separator: ", ")
  }
}

extension ScheduleName: ExpressibleByArgument {}
