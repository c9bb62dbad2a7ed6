import ResZoo

extension Remark {
  /// The text with remedies as options and commands.
  var optionText: String { text(wording: \.option) }
}

extension Remedy {
  /// The option or the command that does it.
  var option: String {
    switch self {
    case .preset(let name): "--arch \(name ?? "NAME")"
    case .ownArchitecture: "--descriptor FILE.json"
    case .architecture: "--arch or --descriptor"
    case .assumption(let text): "--assume \(text)"
    case .presets: "'reszoo architectures'"
    case .architectureForm: "'reszoo inspect FILE.rzoo --json'"
    case .classes(let count): "--num-classes " + (count.map { "\($0)" } ?? "N")
    case .labels: "--labels FILE"
    case .preprocessing: "--preset"
    case .stateDictKey(let key): "--state-dict-key" + (key.map { " \($0)" } ?? "")
    case .prefix(let prefix): "--prefix \(prefix)"
    case .rename(let old, let new): "--rename \(old)=\(new)"
    case .names(let names): "--names \(names)"
    case .base: "--base"
    case .merging: "'reszoo merge'"
    case .signing: "'reszoo sign'"
    case .dequantizing: "'reszoo convert --dequantize'"
    case .realNumbers: "--dequantize"
    case .folding: "--fold"
    case .quantizing: "'reszoo quantize'"
    case .labelEditing: "'reszoo edit MODEL --labels FILE'"
    case .labelSeparator: "--label-separator"
    case .classifying: "'reszoo classify'"
    case .trainable(let parts): "--train" + (parts.map { " \($0)" } ?? "")
    case .unfreezing: "--unfreeze"
    case .learningRate(let rate): "--lr" + (rate.map { " \($0)" } ?? "")
    case .clipping(let norm): "--clip \(norm.plainText)"
    case .warmup(let epochs): "--warmup-epochs \(epochs.plainText)"
    case .batch: "--batch"
    case .mixup: "--mixup"
    case .cutmix: "--cutmix"
    case .positiveWeight: "--pos-weight"
    case .answer(let name): "--answer \(name)"
    case .unreadableLimit: "--unreadable-limit"
    case .recipe(let name): "--\(name)"
    case .output: "--output"
    case .resuming: "--resume"
    case .restarting: "--restart"
    }
  }
}

extension Double {
  /// The number without a decimal point where it is whole.
  fileprivate var plainText: String { Int(exactly: self).map { "\($0)" } ?? "\(self)" }
}
