import Models
import NeuralNetwork
import Support

/// Where a training stands.
struct TrainingState: Equatable, Sendable {
  /// The epoch that is being trained, from 1; one more than the last when all are done.
  var epoch = 1
  /// What the epoch has summed up so far.
  var sums = EpochSums()
  /// The rows of `metrics.csv` so far.
  var epochs: [EpochMetrics] = []
  /// The rows of `steps.csv` so far, where it is written.
  var steps: [StepMetrics] = []
  /// The SHA-256 of the weights that the training started from.
  var initialWeights = ""

  /// In words how far the training has come.
  var place: String {
    sums.steps > 0 ? "after step \(sums.steps) of epoch \(epoch)" : "after epoch \(epoch - 1)"
  }
}

/// A training that can be taken up again: weights, running statistics, velocities and rows, with
/// the settings and the data that they belong to.
struct Checkpoint {
  /// What a checkpoint calls itself, followed by the version of its format.
  private static let formatName = "squeezenet-experiments checkpoint"
  /// Raised when the content of a checkpoint changes its meaning.
  private static let formatVersion = "1"

  private static let velocityPrefix = "optim."

  /// Writes a checkpoint, whole or not at all.
  static func write(
    _ state: TrainingState, weights: SafeTensors, network: SqueezeNet, optimizer: SGD,
    identity: RunIdentity, to path: String
  ) throws {
    var file = weights
    for (parameter, velocity) in zip(network.parameters, optimizer.velocities)
    where !velocity.isEmpty {
      file.tensors[velocityPrefix + parameter.name] = .init(velocity, shape: parameter.shape)
    }
    file.metadata["format"] = "\(formatName) \(formatVersion)"
    file.metadata["settings"] = identity.text
    file.metadata["epoch"] = "\(state.epoch)"
    file.metadata["sums"] = state.sums.fields.joined(separator: ",")
    file.metadata["metrics"] = CSV.text(state.epochs.map(\.row))
    file.metadata["steps"] = CSV.text(state.steps.map(\.row))
    file.metadata["initial_weights"] = state.initialWeights
    file.seal()
    try file.write(to: path)
  }

  /// Reads a checkpoint into a network and its optimizer.
  ///
  /// - Throws: `Failure` with code 65 where the file is damaged or belongs to other settings or
  ///   data; each difference is named.
  static func read(
    _ path: String, network: SqueezeNet, optimizer: inout SGD, identity: RunIdentity
  ) throws -> TrainingState {
    do {
      return try read(
        SafeTensors(contentsOf: path), path, network: network, optimizer: &optimizer,
        identity: identity)
    } catch let failure as Failure where failure.code == .corrupt {
      throw Failure(.corrupt, "\(failure.description); --resume never starts over")
    }
  }

  private static func read(
    _ sealed: SafeTensors, _ path: String, network: SqueezeNet, optimizer: inout SGD,
    identity: RunIdentity
  ) throws -> TrainingState {
    var file = sealed
    guard file.isIntact else {
      throw Failure(.corrupt, "\(path): the checkpoint is damaged: its digest differs")
    }
    guard let format = file.metadata["format"], format.hasPrefix(formatName + " ") else {
      throw Failure(.corrupt, "\(path): not a checkpoint of a run")
    }
    let version = format.dropFirst(formatName.count + 1)
    guard version == formatVersion else {
      throw Failure(
        .corrupt,
        "\(path): a checkpoint of format \(version), expected \(formatVersion); finish the run with"
          + " the version of this project that began it")
    }
    guard let settings = file.metadata["settings"] else {
      throw Failure(.corrupt, "\(path): the checkpoint does not name its settings")
    }
    let differences = try identity.differences(from: settings, path: path)
    guard differences.isEmpty else {
      throw Failure(
        .corrupt,
        "\(path): a checkpoint of another configuration: \(differences.joined(separator: "; "))")
    }
    var velocities: [[Float]] = []
    for parameter in network.parameters {
      let entry = file.tensors.removeValue(forKey: velocityPrefix + parameter.name)
      if let entry {
        let expected = StateEntry(velocityPrefix + parameter.name, parameter.shape)
        guard entry.shape == expected.shape, entry.type == expected.type, entry.isFinite else {
          throw Failure(.corrupt, "\(path): \(expected.name) is damaged")
        }
      }
      velocities.append(entry?.elements() ?? [])
    }
    try network.load(file, path: path)
    optimizer.velocities = velocities

    func records(_ name: String) throws -> [[String]] {
      try CSV.records(of: file.metadata[name] ?? "", name: "\(path): \(name)")
    }
    let epochs = try records("metrics").map(EpochMetrics.init(row:))
    let steps = try records("steps").map(StepMetrics.init(row:))
    let sums = EpochSums(
      fields: (file.metadata["sums"] ?? "").split(separator: ",").map(String.init))
    guard let epoch = file.metadata["epoch"].flatMap({ Int($0) }), let sums,
      let initialWeights = file.metadata["initial_weights"],
      epochs.allSatisfy({ $0 != nil }), steps.allSatisfy({ $0 != nil }),
      (1...identity.epochs + 1).contains(epoch), epochs.count == epoch - 1
    else { throw Failure(.corrupt, "\(path): the checkpoint's rows are damaged") }
    return TrainingState(
      epoch: epoch, sums: sums, epochs: epochs.compactMap { $0 }, steps: steps.compactMap { $0 },
      initialWeights: initialWeights)
  }
}

extension SafeTensors {
  private static let digestName = "digest"

  /// Adds a digest of everything that the file holds.
  package mutating func seal() {
    metadata[Self.digestName] = nil
    metadata[Self.digestName] = SHA256.hash(encoded())
  }

  /// Whether the file is what was sealed; true for one that was not.
  package var isIntact: Bool {
    guard let digest = metadata[Self.digestName] else { return true }
    var sealed = self
    sealed.seal()
    return sealed.metadata[Self.digestName] == digest
  }
}

/// The settings and data that a checkpoint belongs to.
struct RunIdentity {
  let settings: [String: JSON]
  let dataFingerprint: String
  let epochs: Int

  init(_ settings: Settings, dataFingerprint: String) {
    self.settings = settings.record
    self.dataFingerprint = dataFingerprint
    epochs = settings.epochs
  }

  private var members: [String: JSON] {
    settings.merging(["data": .string(dataFingerprint)]) { first, _ in first }
  }

  /// The settings as text that `differences` reads back.
  var text: String { JSON.object(members).text }

  /// A short name for the text.
  var digest: String { SHA256.hash(text.utf8) }

  /// What is not the same, as `name is this there, that here`.
  func differences(from text: String, path: String) throws -> [String] {
    guard case .object(let others)? = try? JSON(parsing: text.utf8) else {
      throw Failure(.corrupt, "\(path): the checkpoint's settings are damaged")
    }
    return Set(members.keys).union(others.keys).sorted().compactMap { name in
      guard members[name] != others[name] else { return nil }
      func show(_ value: JSON?) -> String { value?.text ?? "nothing" }
      return "\(name) is \(show(others[name])) there, \(show(members[name])) here"
    }
  }
}
