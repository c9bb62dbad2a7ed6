public import ArgumentParser
public import ResZoo

// Choices of the libraries that are values of options, by their raw values.
extension Codec: ExpressibleByArgument {}
extension ContactSheet.Scale: ExpressibleByArgument {}
extension EarlyStopping.Metric: ExpressibleByArgument {}
extension ExportNames: ExpressibleByArgument {}
extension InferenceGoal: ExpressibleByArgument {}
extension NewHead: ExpressibleByArgument {}
extension WeightStorage: ExpressibleByArgument {}
