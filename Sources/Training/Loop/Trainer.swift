import Datasets
import Foundation
import Models
import NeuralNetwork
import Support

/// What came of a run.
package struct RunResult: Sendable {
  /// A row an epoch.
  package var epochs: [EpochMetrics]
  /// What the final weights say of the validation images.
  package var evaluation: Evaluation
  /// The trained numbers of the network.
  package var parameterCount: Int
}

/// Trains one network and writes its run's files.
///
/// A run that was stopped is taken up again from its checkpoint and ends in the same bytes as one
/// that was not. Results of an earlier run in the same folder are replaced when the new ones are
/// complete.
struct Trainer {
  let settings: Settings
  let data: RunData
  let title: String
  let resumes: Bool
  let progressStyle: ProgressStyle
  /// What repeats the run.
  let command: String
  /// Where to write the final weights besides the run's folder.
  let weightsPath: String?
  /// Where to write events for TensorBoard, if anywhere.
  let eventsFolder: String?

  /// Trains to the end, or until it is told to stop.
  ///
  /// - Parameters:
  ///   - path: The run's folder.
  ///   - stopsAfter: Steps after which the run stops as if a signal had come.
  /// - Returns: What came of the run.
  /// - Throws: `Failure` with code 130 after a stop, 3 where the loss is no longer a number.
  func run(in path: String, stoppingAfter stopsAfter: Int? = nil) throws -> RunResult {
    let start = ContinuousClock.now
    let folder = try RunFolder(path)
    let network = try makeNetwork()
    var optimizer = makeOptimizer(for: network)
    let identity = RunIdentity(settings, dataFingerprint: data.fingerprint)
    var state = TrainingState()
    // Where the last checkpoint stands.
    var saved: String?
    if resumes, Files.exists(folder[.checkpoint]) {
      state = try Checkpoint.read(
        folder[.checkpoint], network: network, optimizer: &optimizer, identity: identity)
      saved = state.place
      if RunRecord.isOfDivergence(folder[.record], settings) {
        Console.report(
          "\(title): the last run in \(path) diverged; going on from its checkpoint \(state.place)"
            + " ends the same way unless the code has changed")
      }
    } else {
      Files.remove(folder[.checkpoint])
      try initialize(network)
      state.initialWeights = SHA256.hash(self.state(of: network).encoded())
    }

    let batches = trainingLoader.batchesPerEpoch
    let done = EventFile.Position(
      epochs: state.epoch - 1, steps: (state.epoch - 1) * batches + state.sums.steps)
    let events = try eventsFolder.map {
      try EventFile(in: $0, after: done.steps > 0 ? done : nil)
    }
    var progress = Progress(
      progressStyle, title: title, epochs: settings.epochs,
      finished: Double(state.epoch - 1)
        + Double(state.sums.steps) / Double(batches))
    defer { progress.clear() }
    var (trainedSteps, trainedImages) = (0, 0)
    var trainingSeconds = 0.0
    var last: Evaluation?
    func diverged(_ what: String) throws -> Failure {
      let record = self.record(network, state, nil, trainedImages, trainingSeconds, start)
      try write(rows(state, record, folder), to: folder)
      let checkpoint =
        saved.map { "the last good checkpoint, \($0), is \(folder[.checkpoint])" }
        ?? "there is no checkpoint yet"
      return Failure(
        .diverged,
        "training diverged: \(what); \(state.epochs.count) epochs kept in \(folder[.metrics]); "
          + "\(checkpoint); a lower --lr or --clip-grad-norm may help")
    }
    /// A step whose loss was a number may have left weights that are none, which must not replace
    /// the last good checkpoint.
    func finiteWeights() throws -> SafeTensors {
      let weights = self.state(of: network)
      guard weights.isFinite else {
        throw try diverged("weights that are not finite \(state.place)")
      }
      return weights
    }
    func save() throws {
      try Checkpoint.write(
        state, weights: finiteWeights(), network: network, optimizer: optimizer,
        identity: identity, to: folder[.checkpoint])
      saved = state.place
    }
    func stop() throws -> Never {
      try save()
      throw Failure(
        .interrupted,
        "interrupted in epoch \(state.epoch); the same command goes on from \(folder[.checkpoint])")
    }

    while state.epoch <= settings.epochs {
      let rate = settings.schedule(epoch: state.epoch)
      let trainingStart = ContinuousClock.now
      let loader = trainingLoader
      for batch in loader.batches(epoch: state.epoch, from: state.sums.steps) {
        let step = trainStep(network, &optimizer, batch, epoch: state.epoch, rate: rate)
        events?.add(
          .step, (state.epoch - 1) * batches + state.sums.steps + 1,
          step.scalars(images: batch.labels.count, rate: rate))
        guard step.loss.isFinite else {
          throw try diverged(
            "loss \(CSV.format(step.loss)) at epoch \(state.epoch), step \(state.sums.steps + 1)")
        }
        state.sums.add(
          loss: step.loss, correct: step.correct, images: batch.labels.count,
          gradientNorm: step.gradientNorm, clipped: step.isClipped)
        if settings.logsSteps { state.steps.append(step.metrics(in: state, rate: rate)) }
        trainedImages += batch.labels.count
        progress.step(
          state.sums.steps, of: batches, epoch: state.epoch,
          images: batch.labels.count, loss: step.loss)
        trainedSteps += 1
        if Interruption.isRequested || trainedSteps == stopsAfter { try stop() }
      }
      progress.validation(of: state.epoch)
      let seconds = (ContinuousClock.now - trainingStart) / .seconds(1)
      trainingSeconds += seconds
      _ = try finiteWeights()
      guard
        let evaluation = evaluate(
          network, on: validationLoader, isCancelled: { Interruption.isRequested })
      else { try stop() }
      guard evaluation.loss.isFinite else {
        throw try diverged(
          "validation loss \(CSV.format(evaluation.loss)) after epoch \(state.epoch)")
      }
      last = evaluation
      let metrics = state.sums.metrics(
        epoch: state.epoch, learningRate: rate, validation: evaluation)
      events?.add(.epoch, metrics.epoch, metrics.scalars)
      state.epochs.append(metrics)
      state.epoch += 1
      state.sums = EpochSums()
      try save()
      progress.epoch(metrics.epoch)
      printLine(metrics.line(of: settings.epochs, seconds: seconds))
      if Interruption.isRequested, state.epoch <= settings.epochs { try stop() }
    }

    // A run that was stopped between its last epoch and its files has not evaluated yet.
    guard let evaluation = last ?? evaluate(network, on: validationLoader) else { try stop() }
    let weights = self.state(of: network)
    let record = record(network, state, evaluation, trainedImages, trainingSeconds, start)
    let encoded = weights.encoded()
    if let weightsPath { try Files.write(encoded, to: weightsPath) }
    let predictions = evaluation.table
    let files = [
      (folder[.weights], encoded), (folder[.predictions], Array(predictions.text.utf8)),
    ]
    let pictures = try Pictures(settings, data).files(
      predictions: predictions, weights: weights, in: folder)
    try write(files + pictures + rows(state, record, folder), to: folder)
    Files.remove(folder[.checkpoint])
    printLine("#Parameter: \(network.parameterCount) Accuracy: \(evaluation.accuracy)")
    return RunResult(
      epochs: state.epochs, evaluation: evaluation, parameterCount: network.parameterCount)
  }

  /// What a file of the network's weights holds.
  private func state(of network: SqueezeNet) -> SafeTensors {
    network.state(trainedWith: settings, on: data)
  }

  /// Trains without evaluating for a few steps, in one epoch after another, until the loss is no
  /// longer a number at the latest.
  ///
  /// - Returns: A row a step; the last one may hold a loss that is not finite.
  func trainBriefly(steps: Int) throws -> [StepMetrics] {
    let network = try makeNetwork()
    var optimizer = makeOptimizer(for: network)
    try initialize(network)
    var state = TrainingState()
    var rows: [StepMetrics] = []
    // It starts over whenever its run goes on.
    let events = try eventsFolder.map { try EventFile(in: $0, after: resumes ? .init() : nil) }
    while rows.count < steps {
      let rate = settings.schedule(epoch: min(state.epoch, settings.epochs))
      for batch in trainingLoader.batches(epoch: state.epoch) {
        let step = trainStep(network, &optimizer, batch, epoch: state.epoch, rate: rate)
        state.sums.steps += 1
        events?.add(
          .step, rows.count + 1, step.scalars(images: batch.labels.count, rate: rate))
        rows.append(step.metrics(in: state, rate: rate))
        if rows.count == steps || !step.loss.isFinite { return rows }
        if Interruption.isRequested {
          throw Failure(.interrupted, "interrupted; the same command starts over")
        }
      }
      state.epoch += 1
      state.sums = EpochSums()
    }
    return rows
  }

  private var trainingLoader: Loader { data.trainingLoader(settings) }
  private var validationLoader: Loader { data.validationLoader(settings) }

  /// The network, still without weights.
  ///
  /// - Throws: `Failure` with code 64 where it cannot be trained on such images.
  private func makeNetwork() throws -> SqueezeNet {
    try settings.checkLastBatch(images: data.training.count)
    return try settings.makeNetwork()
  }

  private func makeOptimizer(for network: SqueezeNet) -> SGD {
    SGD(
      network.parameters, momentum: settings.recipe.momentum,
      weightDecay: settings.recipe.weightDecay)
  }

  private func initialize(_ network: SqueezeNet) throws {
    network.initialize(seed: settings.seed)
    if let path = settings.initialWeights {
      try network.load(SafeTensors(contentsOf: path), path: path)
    }
  }

  /// What one step did.
  private struct Step {
    var loss: Double
    var correct: Int
    /// Before clipping.
    var gradientNorm: Double
    var isClipped: Bool

    /// The row of the step that comes after those summed up so far, or is the last of them.
    func metrics(in state: TrainingState, rate: Double) -> StepMetrics {
      StepMetrics(
        epoch: state.epoch, step: state.sums.steps, learningRate: Float(rate), loss: loss,
        gradientNorm: gradientNorm)
    }

    /// What an event says of the step on a batch of so many images.
    func scalars(images: Int, rate: Double) -> [(name: String, value: Float)] {
      [
        ("loss", Float(loss)), ("accuracy", Float(correct) / Float(images)),
        ("learning_rate", Float(rate)), ("gradient_norm", Float(gradientNorm)),
      ]
    }
  }

  /// Loss, gradients, clip, step.
  private func trainStep(
    _ network: SqueezeNet, _ optimizer: inout SGD, _ batch: Batch, epoch: Int, rate: Double
  ) -> Step {
    let draws = Draws(seed: settings.seed, epoch: epoch, samples: batch.samples)
    let loss = network.lossWithGradients(
      images: batch.images, labels: batch.labels, draws: draws)
    let limit = settings.recipe.gradientNormLimit
    let norm =
      limit.map { clipGradientNorm(of: network.parameters, to: $0) }
      ?? gradientNorm(of: network.parameters)
    optimizer.step(learningRate: rate)
    return Step(
      loss: loss.mean, correct: zip(loss.predictions, batch.labels).count { $0 == $1 },
      gradientNorm: norm, isClipped: limit.map { norm > $0 } ?? false)
  }

  private func record(
    _ network: SqueezeNet, _ state: TrainingState, _ evaluation: Evaluation?, _ images: Int,
    _ trainingSeconds: Double, _ start: ContinuousClock.Instant
  ) -> RunRecord {
    RunRecord(
      command: command, settings: settings, data: data, parameterCount: network.parameterCount,
      initialWeights: state.initialWeights,
      finalWeights: SHA256.hash(self.state(of: network).encoded()),
      evaluation: evaluation, trainedImages: images, trainingSeconds: trainingSeconds,
      wallSeconds: (ContinuousClock.now - start) / .seconds(1))
  }

  /// The files of a run that tell what happened.
  private func rows(
    _ state: TrainingState, _ record: RunRecord, _ folder: RunFolder
  ) -> [(path: String, bytes: [UInt8])] {
    let epochs = Table(columns: EpochMetrics.columns, rows: state.epochs.map(\.row)).text
    let steps = Table(columns: StepMetrics.columns, rows: state.steps.map(\.row)).text
    let texts =
      [(folder[.record], record.json.text + "\n")]
      + (settings.logsSteps ? [(folder[.steps], steps)] : []) + [(folder[.metrics], epochs)]
    return texts.map { ($0, Array($1.utf8)) }
  }

  /// Puts a run's files in the place of an earlier run's, all of them or none.
  private func write(_ files: [(path: String, bytes: [UInt8])], to folder: RunFolder) throws {
    try Files.write(
      files, replacing: ([.weights, .predictions, .steps] + RunFile.pictures).map { folder[$0] })
  }

  /// Prints a line, where that is possible: what it says is in the run's files as well, and a log on
  /// a full disk must not end a long training.
  private func printLine(_ line: String) {
    try? Console.print(line)
  }
}
