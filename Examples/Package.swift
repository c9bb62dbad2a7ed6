// swift-tools-version: 6.2
import PackageDescription

// The dependency is named here, so that the folder above may have any name.
let package = Package(
  name: "Examples",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "reszoo", path: "..")],
  targets: ["ClassifyUpload", "Embeddings", "Finetune"].map { name in
    .executableTarget(
      name: name, dependencies: [.product(name: "ResZoo", package: "reszoo")],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
  }
)
