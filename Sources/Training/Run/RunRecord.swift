import CTarget
import Datasets
import Foundation
import Models
import NeuralNetwork
import Support

#if canImport(Glibc)
  import Glibc
#endif

/// What `run.json` says of a run: everything needed to repeat it, and apart from that, under
/// `volatile`, what may differ when it is repeated.
struct RunRecord {
  /// What repeats the run.
  var command: String
  var settings: Settings
  var data: RunData
  var parameterCount: Int
  var initialWeights: String
  var finalWeights: String
  /// `nil` for a training that diverged.
  var evaluation: Evaluation?
  var trainedImages: Int
  var trainingSeconds: Double
  var wallSeconds: Double

  var json: JSON {
    let repository = try? Git(enclosing: ".")
    return .object([
      "blas": blas,
      "command": .string(command),
      "commit": .string((try? repository?.commit("HEAD")) ?? "unknown"),
      "compiler": .string(Self.compiler),
      "configuration": .object(settings.record),
      "data": dataRecord,
      "dirty": (try? repository?.hasChangedInputs()).map(JSON.boolean) ?? .null,
      "engine": .string(settings.engine.rawValue),
      "parameters": .number(parameterCount),
      "seed": .number(settings.seed),
      "silenced_classes": evaluation.map { .number($0.silencedClasses.count) } ?? .null,
      "status": .string(evaluation == nil ? "diverged" : "complete"),
      "target": .string(compilationTarget),
      "volatile": .object([
        "finished": .string(ISO8601DateFormatter().string(from: Date())),
        "host": .string(ProcessInfo.processInfo.hostName),
        "images_per_second": .number(
          trainingSeconds > 0 ? (Double(trainedImages) / trainingSeconds * 10).rounded() / 10 : 0),
        "peak_memory_bytes": .number(peakMemory),
        "threads": .number(Parallel.threads),
        "training_seconds": .number((trainingSeconds * 1000).rounded() / 1000),
        "wall_seconds": .number((wallSeconds * 1000).rounded() / 1000),
      ]),
      "weights": .object([
        "final": .string(finalWeights),
        "initial": .string(initialWeights),
      ]),
    ])
  }

  /// Whether a file says that a training with the same settings diverged.
  static func isOfDivergence(_ path: String, _ settings: Settings) -> Bool {
    guard let bytes = try? Files.read(path), case .object(let members)? = try? JSON(parsing: bytes)
    else { return false }
    return members["status"] == .string("diverged")
      && members["configuration"] == .object(settings.record)
  }

  private var dataRecord: JSON {
    var members: [String: JSON] = [
      "fingerprint": .string(data.fingerprint),
      "train": .number(data.training.count),
      "val": .number(data.validation.count),
    ]
    if let skipped = data.skipped { members["skipped_images"] = .number(skipped.count) }
    return .object(members)
  }

  /// The library and the kernels that the bits depend on, where one is used.
  private var blas: JSON {
    switch settings.engine {
    case .direct: .null
    case .openblas:
      .object([
        "family": .string(OpenBLASEngine.family), "version": .string(OpenBLASEngine.version),
      ])
    }
  }

  private static var compiler: String {
    #if compiler(>=6.4)
      "Swift 6.4 or newer"
    #elseif compiler(>=6.3)
      "Swift 6.3"
    #elseif compiler(>=6.2)
      "Swift 6.2"
    #else
      "Swift 6.0 or 6.1"
    #endif
  }
}

/// The class of processors that this program was compiled for, for example `x86-64-v4 linux`.
package var compilationTarget: String {
  #if arch(x86_64)
    "x86-64-v\(target_x86_64_level) linux"
  #else
    "unknown"
  #endif
}

/// The most memory that this process has used so far, in bytes.
package var peakMemory: Int {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss * 1024
}
