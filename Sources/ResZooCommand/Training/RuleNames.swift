public import ArgumentParser
public import ResZoo

extension OptimizerName: ExpressibleByArgument {}
extension ScheduleName: ExpressibleByArgument {}
