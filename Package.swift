// swift-tools-version: 6.1

import Foundation
import PackageDescription

// Every folder of experiments/ that has a main.swift is an executable named after it: a new
// experiment needs no entry here.
let experimentsFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .appendingPathComponent("experiments")
let experiments =
  ((try? FileManager.default.contentsOfDirectory(atPath: experimentsFolder.path)) ?? [])
  .filter {
    FileManager.default.fileExists(
      atPath: experimentsFolder.appendingPathComponent($0).appendingPathComponent("main.swift").path
    )
  }
  .sorted()

// The processor to compile for: this machine's own, unless TARGET_CPU names another
// (`TARGET_CPU=x86-64-v3` makes a build that runs on every machine with AVX2 and FMA).
let processor = ProcessInfo.processInfo.environment["TARGET_CPU"] ?? "native"
let optimized: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-march=\(processor)"])]

// libFuzzer brings a `main` of its own, so what it drives is built only when asked for (`make fuzz`).
let fuzzer: [Target] =
  ProcessInfo.processInfo.environment["SQUEEZENET_FUZZ"] == nil
  ? []
  : [
    .executableTarget(
      name: "fuzz", dependencies: ["Training"], path: "Tests/Fuzz", exclude: ["run.sh"],
      swiftSettings: optimized + [.unsafeFlags(["-parse-as-library"])],
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])])
  ]

let package = Package(
  name: "SqueezeNetExperiments",
  targets: [
    // MARK: - System libraries
    .systemLibrary(name: "COpenBLAS"),
    .systemLibrary(name: "CTarget"),
    .target(name: "CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),

    // MARK: - Library
    .target(
      name: "Support", resources: [.embedInCode("inputs.txt")], swiftSettings: optimized),
    .target(
      name: "NeuralNetwork", dependencies: ["Support", "COpenBLAS", "CTarget"],
      swiftSettings: optimized),
    .target(name: "Models", dependencies: ["NeuralNetwork"], swiftSettings: optimized),
    .target(
      name: "Datasets", dependencies: ["NeuralNetwork", "CJPEG", "CTarget"],
      swiftSettings: optimized),
    .target(
      name: "Training", dependencies: ["Models", "Datasets", "CTarget"], swiftSettings: optimized),
    .target(name: "Reporting", dependencies: ["Training"], swiftSettings: optimized),

    .target(name: "Commands", dependencies: ["Reporting"], swiftSettings: optimized),

    // MARK: - Executables
    .executableTarget(name: "squeezenet", dependencies: ["Commands"], swiftSettings: optimized),
  ]
    + experiments.map {
      .executableTarget(
        name: "experiment-\($0)", dependencies: ["Training"], path: "experiments/\($0)",
        swiftSettings: optimized)
    } + [
      // MARK: - Tests
      .target(name: "TestSupport", dependencies: ["Datasets"], path: "Tests/Support")
    ]
    + ["Support", "NeuralNetwork", "Models", "Datasets", "Training", "Reporting", "Commands"].map {
      .testTarget(name: "\($0)Tests", dependencies: [.byName(name: $0), "TestSupport"])
    } + fuzzer
)
