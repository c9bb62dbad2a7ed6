// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "fuzz",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "reszoo", path: "../..")],
  targets: [
    // libFuzzer brings the entry point.
    .executableTarget(
      name: "Fuzz", dependencies: [.product(name: "FuzzTargets", package: "reszoo")],
      swiftSettings: [
        .swiftLanguageMode(.v6), .enableUpcomingFeature("InternalImportsByDefault"), .strictMemorySafety(),
        .treatAllWarnings(as: .error),
      ])
  ]
)
