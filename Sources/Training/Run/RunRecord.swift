import CTarget
import Datasets
import Foundation
import NeuralNetwork
import Support

/// The record of a run, `run.json`: everything needed to repeat it and, apart from that, under
/// `volatile`, everything that may differ when it is repeated.
///
/// A property is `nil` if its entry is missing, for example in a record that is older than the entry.
package struct RunRecord: Equatable, Sendable {
  /// The whole document.
  package let json: JSON

  /// In place of the code's SHA-256: a run that went on from a checkpoint of other code. It is compared with
  /// no other.
  static let mixedCode = "mixed"

  /// How a run ended.
  package enum Status: String, Sendable {
    case complete, diverged
  }

  /// Takes a document as a record.
  package init(_ json: JSON) { self.json = json }

  /// Reads a record.
  ///
  /// - Throws: `Failure` with code 65, in which the file is called `name`.
  package init(parsing text: String, name: String) throws {
    json = try JSON(parsing: text, name: name)
  }

  /// The command that repeats the run.
  package var command: String? { json["command"]?.string }
  /// The commit that was checked out.
  package var commit: String? { json["commit"]?.string.flatMap { $0 == "unknown" ? nil : $0 } }
  /// Whether the sources differed from the commit.
  package var isDirty: Bool? { json["dirty"]?.boolean }
  /// How the run ended.
  package var status: Status? { json["status"]?.string.flatMap(Status.init) }
  /// The number of trained parameters.
  package var parameterCount: Int? { json["parameters"]?.count }
  /// The SHA-256 of the code that decides numbers; `nil` if it is not known.
  package var code: String? { json["code"]?.string }
  /// The labels of the classes whose logit the ReLU after the last convolution holds at 0 on at least 99 %
  /// of the validation images; `nil` also where an older record only counts them.
  package var silencedClasses: [Int]? { json["silenced_classes"]?.counts }
  /// The number of these classes.
  package var silencedClassCount: Int? { silencedClasses?.count ?? json["silenced_classes"]?.count }
  /// The kernel family and the version of the BLAS library, if one was used.
  package var blas: (family: String, version: String)? {
    guard let family = json["blas", "family"]?.string, let version = json["blas", "version"]?.string
    else { return nil }
    return (family, version)
  }
  /// The version of libjpeg that decoded the images.
  package var libjpeg: String? { json["libraries", "libjpeg"]?.string }
  /// The version of gnuplot beside the run, which draws its figures.
  package var gnuplot: String? { json["libraries", "gnuplot"]?.string }
  /// The class of processors that the program was compiled for.
  package var target: String? { json["target"]?.string }
  /// The SHA-256 of the weights that the training started from.
  package var initialWeights: String? { json["weights", "initial"]?.string }
  /// The SHA-256 of the weights that it ended with.
  package var finalWeights: String? { json["weights", "final"]?.string }

  /// The settings; `nil` if there are none or they are damaged.
  package var settings: Settings? { try? settings(path: "") }

  /// The settings.
  ///
  /// - Throws: `Failure` with code 65, in which the record is called `path`.
  package func settings(path: String) throws -> Settings {
    guard case .object(let members)? = json["configuration"] else {
      throw Failure(.corrupt, "\(path): expected a configuration, got no such entry")
    }
    return try Settings(record: members, path: path)
  }

  // MARK: - Data

  /// The identity of the images and their normalization.
  package var dataFingerprint: String? { json["data", "fingerprint"]?.string }
  /// The number of training images.
  package var trainingImages: Int? { json["data", "train"]?.count }
  /// The number of validation images.
  package var validationImages: Int? { json["data", "val"]?.count }
  /// The number of images that were left out as unusable; `nil` unless bad images were skipped.
  package var skippedImages: Int? { json["data", "skipped_images"]?.count }
  /// The names of the classes, labels in order; `nil` also if one of them is not text.
  package var classNames: [String]? {
    guard let elements = json["data", "class_names"]?.elements else { return nil }
    let names = elements.compactMap(\.string)
    return names.count == elements.count ? names : nil
  }
  /// The statistics that pixels were normalized with.
  package var normalization: PixelNormalization? {
    guard let mean = json["data", "normalization", "mean"]?.floats,
      let deviation = json["data", "normalization", "standard_deviation"]?.floats,
      mean.count == 3, deviation.count == 3, deviation.allSatisfy({ $0 > 0 })
    else { return nil }
    return PixelNormalization(mean: mean, standardDeviation: deviation)
  }

  // MARK: - Volatile

  /// The time when the run ended, in ISO 8601.
  package var finished: String? { json["volatile", "finished"]?.string }
  /// The machine.
  package var host: String? { json["volatile", "host"]?.string }
  /// The duration in seconds, that of the last process for a run that was interrupted.
  package var wallSeconds: Double? { number("volatile", "wall_seconds") }
  /// Training images per second.
  package var imagesPerSecond: Double? { number("volatile", "images_per_second") }
  /// The most memory that the process used, in bytes.
  package var peakMemory: Int? { json["volatile", "peak_memory_bytes"]?.count }
  /// The number of threads that computed.
  package var threads: Int? { json["volatile", "threads"]?.count }

  private func number(_ object: String, _ name: String) -> Double? {
    json[object, name]?.digits.flatMap { Double($0) }
  }
}

// MARK: - Writing

extension RunRecord {
  /// Makes the record of a run at its end.
  ///
  /// - Parameters:
  ///   - command: The command that repeats the run.
  ///   - settings: The run's settings.
  ///   - data: The run's images.
  ///   - parameterCount: The number of trained parameters.
  ///   - initialWeights: The SHA-256 of the weights that the training started from.
  ///   - code: The SHA-256 of the code that decides numbers; `nil` if it is not known.
  ///   - finalWeights: The SHA-256 of the weights that it ended with.
  ///   - evaluation: The final weights on the validation images; `nil` for a training that diverged.
  ///   - trainedImages: The number of images in this process's training steps.
  ///   - trainingSeconds: The duration of these steps.
  ///   - wallSeconds: The duration of the whole run in this process.
  init(
    command: String, settings: Settings, data: RunData, parameterCount: Int,
    initialWeights: String, code: String?, finalWeights: String, evaluation: Evaluation?,
    trainedImages: Int, trainingSeconds: Double, wallSeconds: Double
  ) {
    let repository = try? Git(enclosing: ".")
    json = .object([
      "blas": Self.blas(of: settings.engine),
      "command": .string(command),
      "code": code.map(JSON.string) ?? .null,
      "commit": .string((try? repository?.commit("HEAD")) ?? "unknown"),
      "compiler": .string(Self.compiler),
      "configuration": .object(settings.record),
      "data": Self.members(of: data),
      "dirty": (try? repository?.hasChangedInputs()).map(JSON.boolean) ?? .null,
      "engine": .string(settings.engine.rawValue),
      "libraries": Libraries.json,
      "parameters": .number(parameterCount),
      "seed": .number(settings.seed),
      "silenced_classes": evaluation.map {
        // Nothing but that ReLU can hold a logit at 0: a negative one still has a gradient.
        .array((settings.model.hasFinalReLU ? $0.silencedClasses : []).map { .number($0) })
      } ?? .null,
      "status": .string((evaluation == nil ? Status.diverged : .complete).rawValue),
      "target": .string(compilationTarget),
      "volatile": .object([
        "finished": .string(ISO8601DateFormatter().string(from: Date())),
        "host": .string(ProcessInfo.processInfo.hostName),
        "images_per_second": .number(
          trainingSeconds > 0 ? (Double(trainedImages) / trainingSeconds * 10).rounded() / 10 : 0),
        "peak_memory_bytes": .number(Machine.peakMemory),
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

  private static func members(of data: RunData) -> JSON {
    var members: [String: JSON] = [
      "class_names": .array(data.training.classes.map { .string($0.name) }),
      "fingerprint": .string(data.fingerprint),
      "normalization": data.training.normalization.json,
      "train": .number(data.training.count),
      "val": .number(data.validation.count),
    ]
    if let skipped = data.skipped { members["skipped_images"] = .number(skipped.count) }
    return .object(members)
  }

  /// The BLAS kernels that the bits depend on, if any are used.
  private static func blas(of engine: Engine) -> JSON {
    guard engine == .openblas, let engine = try? OpenBLASEngine() else { return .null }
    return .object(["family": .string(engine.family), "version": .string(engine.version)])
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

extension PixelNormalization {
  /// The statistics as a record has them.
  package var json: JSON {
    .object(["mean": .floats(mean), "standard_deviation": .floats(standardDeviation)])
  }
}

extension JSON {
  fileprivate static func floats(_ values: [Float]) -> JSON {
    .array(values.map { .number(CSV.format($0)) })
  }

  fileprivate var floats: [Float]? { elements?.compactMap { $0.digits.flatMap { Float($0) } } }
}

/// The class of processors that this program is compiled for, for example `x86-64-v4 linux`.
package var compilationTarget: String {
  #if arch(x86_64)
    "x86-64-v\(target_x86_64_level) linux"
  #else
    "unknown"
  #endif
}
