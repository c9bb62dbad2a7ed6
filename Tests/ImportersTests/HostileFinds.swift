/// What `tools/fuzz/run` found, made small, and the code that it must raise.
enum HostileFinds {
  static let all: [HostileFile] = []
}
