// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is built with these: imports are internal unless they say otherwise, unsafe
/// constructs must be marked where they stand, and no warning survives.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
  // For members that return spans; Sources/TensorCore/AlignedBuffer.swift explains the pattern.
  .enableExperimentalFeature("Lifetimes"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

let cSettings: [CSetting] = [.treatAllWarnings(as: .error)]

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// Tests find their fixtures beside their own source file; `fixtures` says that there are some. A release build optimizes what they test, and
/// not the tests themselves: that takes long, and what they take is not theirs.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], fixtures: Bool = false) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies,
    exclude: fixtures ? ["Fixtures"] : [],
    swiftSettings: settings + [.unsafeFlags(["-Onone"], .when(configuration: .release))])
}

let package = Package(
  name: "reszoo",
  platforms: [.macOS(.v26)],
  products: [
    .library(name: "ResZoo", targets: ["ResZoo"]),
    .executable(name: "reszoo", targets: ["ResZooCommand"]),
    // tools/clibrary makes libreszoo.so of it.
    .library(name: "reszoo-c", type: .dynamic, targets: ["CInterface"]),
    // The server's queue and protocol, for programs with sockets of their own.
    .library(name: "ReszooServing", targets: ["Serving", "OpenInference"]),
    .executable(name: "reszoo-server", targets: ["ResZooServer"]),
    // For tools/fuzz, which is a package of its own.
    .library(name: "FuzzTargets", targets: ["FuzzTargets"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    // For the server alone.
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
    // Without its traits it needs no more of Foundation than FoundationEssentials.
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
  ],
  targets: [
    // System libraries.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CSPNG", pkgConfig: "spng", providers: [.apt(["libspng-dev"])]),

    // Layer 0: bytes, tensors, and what a descriptor says.
    .target(name: "CBytes", cSettings: cSettings),
    .target(name: "CCodec", cSettings: cSettings),
    .target(name: "CFiles", cSettings: cSettings),
    .target(name: "CKernels", cSettings: cSettings),
    .target(name: "CLinearAlgebra", cSettings: cSettings),
    .target(name: "CImageCodecs", cSettings: cSettings, linkerSettings: [.linkedLibrary("jpeg")]),
    library("Platform", []),
    library("Messages", []),
    .target(name: "CThreads", cSettings: cSettings),
    library("Threads", ["Platform", "CThreads"]),
    library("TensorCore", ["Platform", "CBytes"]),
    library("Deflate", ["CZlib"]),
    library("StrictJSON", []),
    library("ModelDescriptor", ["Messages", "StrictJSON"]),
    .target(
      name: "PublishedModels", dependencies: ["Messages", "ModelDescriptor"],
      resources: [.embedInCode("../../models/index.json")], swiftSettings: settings),
    library("Files", ["Messages", "Platform", "Threads", "TensorCore", "CFiles"]),
    library("Metrics", ["Platform", "TensorCore"]),
    library("Charts", ["Messages", "Platform"]),

    // Layer 1: the file format, the graph, the kernels and the images know nothing of each other.
    library(
      "CheckpointFormat",
      [
        "Messages", "Threads", "TensorCore", "CCodec", "Deflate", "Files", "StrictJSON",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    library("ResNetGraph", ["TensorCore", "ModelDescriptor"]),
    library("GraphDrawing", ["ModelDescriptor", "ResNetGraph", "Charts"]),
    library("Kernels", ["Platform", "Threads", "TensorCore", "CKernels"]),
    library("LinearAlgebra", ["Messages", "Threads", "CLinearAlgebra"]),
    library(
      "ImageInput",
      ["Messages", "Platform", "TensorCore", "Deflate", "ModelDescriptor", "Files", "CImageCodecs", "CSPNG"]),

    // Layers 2 to 5: a model, running it, importing it, and the public face.
    library(
      "ResNetModel",
      ["Messages", "Platform", "TensorCore", "ModelDescriptor", "CheckpointFormat", "ResNetGraph"]),
    library(
      "Inference",
      ["Messages", "Threads", "TensorCore", "ModelDescriptor", "ResNetGraph", "ResNetModel", "Kernels"]),
    library(
      "Datasets",
      [
        "Messages", "Platform", "Threads", "TensorCore", "StrictJSON", "ModelDescriptor", "Files",
        "ImageInput",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    library(
      "Training",
      [
        "Messages", "Platform", "Threads", "TensorCore", "ModelDescriptor", "Files", "Metrics",
        "CheckpointFormat", "ResNetGraph", "Kernels", "ImageInput", "Datasets", "ResNetModel", "Inference",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    // What the pages of reports have in common.
    library(
      "Reports",
      [
        "Messages", "TensorCore", "ModelDescriptor", "Files", "Charts", "Metrics", "ImageInput", "Datasets",
      ]),
    // Containers of other programs' weights: bytes in, named tensors out. It knows no network.
    library(
      "WeightFiles",
      [
        "Messages", "Platform", "Threads", "TensorCore", "Deflate", "StrictJSON", "ModelDescriptor", "Files",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    // Another program's networks as graphs of operators, computed plainly.
    .target(name: "CPlainLoops", cSettings: cSettings),
    library(
      "ONNXInterpreter",
      ["Messages", "Platform", "Threads", "TensorCore", "WeightFiles", "CPlainLoops"]),
    library(
      "TrainingReports",
      [
        "Messages", "Platform", "TensorCore", "ModelDescriptor", "Files", "Charts", "Metrics", "ImageInput",
        "Datasets", "Reports", "Training",
      ]),
    library(
      "Importers",
      [
        "Messages", "TensorCore", "ModelDescriptor", "PublishedModels", "Files", "WeightFiles",
        "ONNXInterpreter",
        "ResNetGraph", "ResNetModel",
      ]),
    library(
      "Exporters",
      [
        "Messages", "TensorCore", "ModelDescriptor", "Files", "WeightFiles", "ResNetGraph", "ResNetModel",
        "Importers",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    .target(name: "CTransfer", cSettings: cSettings),
    library(
      "ModelZoo",
      [
        "Messages", "TensorCore", "ModelDescriptor", "PublishedModels", "Files", "WeightFiles",
        "CheckpointFormat", "ResNetGraph", "ResNetModel", "Importers", "CTransfer",
      ]),
    library(
      "ResZoo",
      [
        "Messages", "Platform", "Threads", "TensorCore", "ModelDescriptor", "CheckpointFormat", "ResNetGraph",
        "GraphDrawing", "Metrics", "ImageInput", "Datasets", "ResNetModel", "Inference", "Training",
        "Files", "Charts", "Reports", "TrainingReports", "WeightFiles", "Importers", "Exporters",
        "PublishedModels", "ModelZoo", "LinearAlgebra",
      ]),

    // Requests for networks in one queue, without sockets.
    library(
      "Serving",
      [
        "Messages", "Platform", "Threads", "ModelDescriptor", "CheckpointFormat", "ImageInput", "Metrics",
        "ResNetModel", "ResZoo",
      ]),
    // Generated; its code does not mark what strict memory safety wants marked.
    .target(
      name: "InferenceMessages", dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
      swiftSettings: [.swiftLanguageMode(.v6)]),
    .target(
      name: "OpenInference",
      dependencies: [
        "Messages", "Platform", "Threads", "StrictJSON", "Deflate", "ModelDescriptor", "ImageInput",
        "Metrics",
        "ResZoo", "Serving", "InferenceMessages", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      resources: [
        .embedInCode("Page/page.html"), .embedInCode("Page/page.css"), .embedInCode("Page/page.js"),
      ], swiftSettings: settings),

    // Layer 6: the C interface, and the command line, the only place that prints.
    .target(name: "CResZoo", cSettings: cSettings),
    library(
      "CInterface",
      [
        "Platform", "Threads", "TensorCore", "Files", "ModelDescriptor", "PublishedModels",
        "CheckpointFormat",
        "ResNetGraph", "ImageInput", "ResNetModel", "Inference", "ModelZoo", "ResZoo", "CResZoo",
      ]),
    .executableTarget(
      name: "ResZooCommand",
      dependencies: [
        "Messages", "Platform", "ResZoo", "Files", "Charts",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),

    // The server: sockets around OpenInference.
    .executableTarget(
      name: "ResZooServer",
      dependencies: [
        "Messages", "Platform", "Threads", "Files", "ModelDescriptor", "ImageInput", "ResZoo", "Serving",
        "OpenInference", "InferenceMessages",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOHPACK", package: "swift-nio-http2"),
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: settings),

    .target(
      name: "TestSupport", dependencies: ["Platform"], path: "Tests/TestSupport", swiftSettings: settings),
    .target(
      name: "WeightTestSupport", dependencies: ["TensorCore", "ResNetModel", "Importers", "TestSupport"],
      path: "Tests/WeightTestSupport", swiftSettings: settings),
    .target(
      name: "FuzzTargets",
      dependencies: [
        "TensorCore", "ModelDescriptor", "CheckpointFormat", "ResNetGraph", "ResNetModel", "ImageInput",
        "Datasets", "WeightFiles", "Importers", "ResZoo", "Serving", "OpenInference", "InferenceMessages",
        "TestSupport",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ], path: "Tests/FuzzTargets", swiftSettings: settings),
    tests("FuzzTargets"),
    .target(name: "CForking", path: "Tests/CForking", cSettings: cSettings),
    tests("Threads", ["CForking"]),
    tests("TensorCore"),
    tests("StrictJSON"),
    tests("ModelDescriptor"),
    tests("Files", ["Platform", "TensorCore"]),
    tests("Charts"),
    tests(
      "CheckpointFormat",
      ["Messages", "Platform", "TensorCore", "Deflate", .product(name: "Crypto", package: "swift-crypto")]),
    tests("ResNetGraph", ["TensorCore", "ModelDescriptor"]),
    tests("GraphDrawing", ["ModelDescriptor", "ResNetGraph"]),
    .target(
      name: "ReferenceKernels", dependencies: ["Platform"], path: "Tests/ReferenceKernels",
      swiftSettings: settings),
    tests("Kernels", ["CAllocationCounter", "ReferenceKernels", "Threads", "TensorCore"]),
    tests("LinearAlgebra"),
    tests("ImageInput", ["Messages", "Platform", "TensorCore", "ModelDescriptor"], fixtures: true),
    tests("ResNetModel", ["TensorCore", "ModelDescriptor", "CheckpointFormat", "ResNetGraph"]),
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    tests(
      "Inference",
      [
        "CAllocationCounter", "ReferenceKernels", "Threads", "TensorCore", "ModelDescriptor",
        "CheckpointFormat", "Files", "ResNetGraph", "ResNetModel", "Kernels",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      fixtures: true),
    tests("Metrics", fixtures: true),
    tests("Datasets", ["Messages", "Platform", "ModelDescriptor", "ImageInput"], fixtures: true),
    tests(
      "Training",
      [
        "Messages", "Platform", "Threads", "CAllocationCounter", "TensorCore", "ModelDescriptor", "Files",
        "ResNetGraph", "ResNetModel", "Kernels", "ImageInput", "Datasets", "Inference",
      ], fixtures: true),
    tests(
      "TrainingReports",
      ["Messages", "TensorCore", "Charts", "Metrics", "ImageInput", "Datasets", "Training"],
      fixtures: true),
    tests(
      "WeightFiles",
      ["Messages", "Platform", "TensorCore", "Files", .product(name: "Crypto", package: "swift-crypto")],
      fixtures: true),
    tests(
      "Importers",
      [
        "Messages", "TensorCore", "ModelDescriptor", "PublishedModels", "Files", "WeightFiles",
        "ONNXInterpreter",
        "ResNetGraph", "ResNetModel", "Exporters", "WeightTestSupport",
        .product(name: "Crypto", package: "swift-crypto"),
      ], fixtures: true),
    tests(
      "Exporters",
      [
        "TensorCore", "ModelDescriptor", "Files", "WeightFiles", "ResNetGraph", "ResNetModel", "Importers",
        "WeightTestSupport",
      ]),
    tests("PublishedModels", ["ModelDescriptor"]),
    tests(
      "ModelZoo",
      [
        "Platform", "Messages", "TensorCore", "ModelDescriptor", "PublishedModels", "Files", "WeightFiles",
        "ResNetModel", "Importers", "Exporters", .product(name: "Crypto", package: "swift-crypto"),
      ]),
    tests("ResZoo", ["Messages", "ImageInput", "Threads"], fixtures: true),
    tests("Serving", ["ImageInput", "ModelDescriptor", "ResNetModel", "ResZoo", "Threads"]),
    tests("OpenInference", ["Deflate", "ModelDescriptor", "ResNetModel", "ResZoo", "Serving"]),
    tests("CInterface", ["Platform", "ImageInput", "ResNetModel", "ResZoo", "CResZoo"]),
    tests("ResZooCommand", ["Platform", "ResZoo", .product(name: "Crypto", package: "swift-crypto")]),
  ]
)
