import ResZoo

extension Remedy {
  /// What sets it on the command line.
  private var option: String {
    switch self {
    case .preset(let name): "--arch \(name ?? "NAME")"
    case .ownArchitecture: "--descriptor FILE.json"
    case .architecture: "--arch or --descriptor"
    case .presets: "'reszoo architectures'"
    case .architectureForm: "'reszoo inspect FILE.rzoo --json'"
    case .classes(let count): "--num-classes \(count)"
    case .labels: "--labels FILE"
    case .preprocessing: "--preset"
    case .stateDictKey(let key): "--state-dict-key" + (key.map { " \($0)" } ?? "")
    case .names(let names): "--names \(names)"
    }
  }

  /// A remark with remedies as options.
  static func asOptions(_ remark: Remark) -> String { remark.text(wording: \.option) }
}

extension Failure {
  init(_ error: ImportError) {
    let reason: Reason =
      switch error.code {
      case .file(.notFound), .file(.wrongKind), .file(.unreadable): .noInput
      default: .data
      }
    self.init(reason, "\(error.file): \(Remedy.asOptions(error.remark))")
  }

  init(_ error: ExportError, path: String) {
    switch error {
    case .file(let error): self.init(output: error)
    case .names(let remark): self.init(.data, "\(path): \(Remedy.asOptions(remark))")
    case .descriptor, .tooLarge: self.init(.data, "\(path): \(error)")
    }
  }
}
