import Models
import NeuralNetwork
import Support

/// A file from which a training goes on as if it had never stopped: weights, running statistics,
/// the optimizer's state and the rows so far, with the identity of the run.
enum Checkpoint {
  /// The format's name, followed in the file by its version.
  private static let formatName = "squeezenet-experiments checkpoint"
  /// Raised whenever older checkpoints can no longer be read.
  private static let formatVersion = "3"

  /// The entries of a checkpoint's metadata.
  enum Entry: String {
    case format, settings, code, epoch, sums, metrics, steps
  }

  /// Writes a checkpoint, whole or not at all.
  ///
  /// - Throws: `Failure` with code 73 if the file cannot be created, 74 if writing fails.
  static func write(
    _ state: TrainingState, weights: SafeTensors, optimizer: any Optimizer, identity: RunIdentity,
    to path: String
  ) throws {
    var file = weights
    file.tensors.merge(optimizer.stateTensors) { weight, _ in weight }
    file[.format] = "\(formatName) \(formatVersion)"
    file[.settings] = identity.text
    file[.epoch] = "\(state.epoch)"
    file[.sums] = state.sums.fields.joined(separator: ",")
    file[.metrics] = CSV.text(state.epochs.map(\.row))
    file[.steps] = CSV.text(state.steps.map(\.row))
    file[.code] = state.code
    file.seal()
    try file.write(to: path)
  }

  /// Loads a checkpoint into a network and its optimizer.
  ///
  /// - Returns: The progress of the training.
  /// - Throws: `Failure` with code 66 if the file cannot be read, 65 if it is damaged or belongs to
  ///   another run; the message lists the differences.
  static func load(
    _ path: String, into network: SqueezeNet, _ optimizer: inout any Optimizer,
    identity: RunIdentity
  ) throws -> TrainingState {
    do {
      var file = try SafeTensors(contentsOf: path)
      try check(file, path, identity: identity)
      try optimizer.takeState(from: &file, path: path)
      try network.load(file, path: path)
      return try state(in: file, path, identity: identity)
    } catch let failure as Failure where failure.code == .corrupt {
      throw Failure(.corrupt, "\(failure.description); --resume never starts over")
    }
  }

  /// Whether a file is an undamaged checkpoint of the run.
  static func isOf(_ identity: RunIdentity, at path: String) -> Bool {
    guard let file = try? SafeTensors(contentsOf: path) else { return false }
    return (try? check(file, path, identity: identity)) != nil
  }

  /// Checks that a file is an undamaged checkpoint of the run.
  private static func check(_ file: SafeTensors, _ path: String, identity: RunIdentity) throws {
    guard file.isIntact else {
      throw Failure(.corrupt, "\(path): the checkpoint is damaged: its digest differs")
    }
    guard let format = file[.format], format.hasPrefix(formatName + " ") else {
      throw Failure(.corrupt, "\(path): not a checkpoint of a run")
    }
    let version = format.dropFirst(formatName.count + 1)
    guard version == formatVersion else {
      throw Failure(
        .corrupt,
        "\(path): a checkpoint of format \(version), expected \(formatVersion); finish the run with"
          + " the version of this project that began it")
    }
    guard let settings = file[.settings] else {
      throw Failure(.corrupt, "\(path): the checkpoint does not name its settings")
    }
    let differences = try identity.differences(from: settings, path: path)
    guard differences.isEmpty else {
      throw Failure(
        .corrupt,
        "\(path): a checkpoint of another configuration: \(differences.joined(separator: "; "))")
    }
  }

  private static func state(
    in file: SafeTensors, _ path: String, identity: RunIdentity
  ) throws -> TrainingState {
    func records(_ entry: Entry) throws -> [[String]] {
      try CSV.records(of: file[entry] ?? "", name: "\(path): \(entry.rawValue)")
    }
    let epochs = try records(.metrics).map(EpochMetrics.init(row:))
    let steps = try records(.steps).map(StepMetrics.init(row:))
    let sums = EpochSums(fields: (file[.sums] ?? "").split(separator: ",").map(String.init))
    guard let epoch = file[.epoch].flatMap({ Int($0) }), let sums,
      epochs.allSatisfy({ $0 != nil }), steps.allSatisfy({ $0 != nil }),
      (1...identity.settings.epochs + 1).contains(epoch), epochs.count == epoch - 1
    else { throw Failure(.corrupt, "\(path): the checkpoint's rows are damaged") }
    return TrainingState(
      epoch: epoch, sums: sums, epochs: epochs.compactMap { $0 }, steps: steps.compactMap { $0 },
      code: file[.code])
  }
}

extension SafeTensors {
  /// An entry of a checkpoint's metadata.
  subscript(entry: Checkpoint.Entry) -> String? {
    get { metadata[entry.rawValue] }
    set { metadata[entry.rawValue] = newValue }
  }

  private static let digestName = "digest"

  /// Adds a digest of everything in the file.
  package mutating func seal() {
    metadata[Self.digestName] = nil
    metadata[Self.digestName] = SHA256.hash(encoded())
  }

  /// Whether the file is unchanged since it was sealed; true if it never was.
  package var isIntact: Bool {
    guard let digest = metadata[Self.digestName] else { return true }
    var sealed = self
    sealed.seal()
    return sealed.metadata[Self.digestName] == digest
  }
}
