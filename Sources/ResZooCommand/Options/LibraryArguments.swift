public import ArgumentParser
public import ResZoo

// Choices of the libraries that are values of options, by their raw values.
extension Architecture.Answer: ExpressibleByArgument {}
extension Calibration.Method: ExpressibleByArgument {}
extension Codec: ExpressibleByArgument {}
extension ContactSheet.Scale: ExpressibleByArgument {}
extension EarlyStopping.Metric: ExpressibleByArgument {}
extension Explainer.Baseline: ExpressibleByArgument {}
extension ExplanationMethod: ExpressibleByArgument {}
extension ExportNames: ExpressibleByArgument {}
extension TrainingPrecision: ExpressibleByArgument {}
extension HeatColours: ExpressibleByArgument {}
extension InferenceGoal: ExpressibleByArgument {}
extension InferencePrecision: ExpressibleByArgument {}
extension LossName: ExpressibleByArgument {}
extension Model.Initialization: ExpressibleByArgument {}
extension NewHead: ExpressibleByArgument {}
extension TestTimeAugmentation: ExpressibleByArgument {}
extension WeightStorage: ExpressibleByArgument {}

extension PositiveWeight: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension Renaming: ExpressibleByArgument {
  public init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else { return nil }
    self.init(old: String(parts[0]), new: String(parts[1]))
  }
}
