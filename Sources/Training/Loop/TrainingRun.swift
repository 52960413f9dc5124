import Datasets
import Models
import NeuralNetwork
import Support

/// One training from its start, or from its checkpoint, to its files.
///
/// A run that was stopped goes on from its checkpoint and ends in the same bytes as one that was
/// not. The results of an earlier run in the same folder are replaced once the new ones are complete.
final class TrainingRun {
  private let trainer: Trainer
  private let folder: RunFolder
  private let identity: RunIdentity
  /// The SHA-256 of the weights that the training starts from.
  private let initialWeights: String
  private let trainingLoader: Loader
  private let validationLoader: Loader
  private let events: EventFile?
  /// Steps of this process after which the run stops, as if by a signal.
  private let stopsAfter: Int?
  private let start = ContinuousClock.now

  private var learner: Learner
  private var state = TrainingState()
  /// Where the training was when its last checkpoint was written.
  private var checkpointPlace: String?
  /// The predictions after the last epoch; `nil` if another process trained it.
  private var evaluation: Evaluation?
  private let progress: Progress
  // Counted since this process started, not since the training did.
  private var trainedSteps = 0
  private var trainedImages = 0
  private var trainingSeconds = 0.0
  private var epochSeconds = 0.0

  private var settings: Settings { trainer.settings }

  /// Whether all epochs are trained, or so many without a better accuracy that the training ends early.
  var isTrained: Bool {
    guard let last = state.epochs.last?.epoch else { return false }
    let isStuck = settings.patience.map { last - (state.bestEpoch ?? 0) >= $0 } ?? false
    return isStuck || last >= settings.epochs
  }

  /// The epoch in training; the last one if all are trained.
  private var epoch: Int { isTrained ? state.epochs.count : state.epoch }

  /// Locks the run's folder and loads its checkpoint, if there is one, or initializes the weights.
  ///
  /// - Throws: `Failure` with code 73 if the folder cannot be used, 65 if its checkpoint cannot.
  init(_ trainer: Trainer, in folder: RunFolder, stoppingAfter steps: Int?) throws {
    let settings = trainer.settings
    self.trainer = trainer
    stopsAfter = steps
    self.folder = folder
    trainingLoader = trainer.data.trainingLoader(settings)
    validationLoader = trainer.data.validationLoader(settings)
    learner = try Learner(settings, trainingImages: trainer.data.training.count)
    initialWeights = SHA256.hash(
      learner.network.state(trainedWith: settings, on: trainer.data).encoded())
    identity = RunIdentity(
      settings: settings, dataFingerprint: trainer.data.fingerprint,
      initialWeights: initialWeights, code: trainer.code)
    state.code = trainer.code
    let resumes =
      trainer.resumes && Files.exists(folder[.checkpoint])
      && !(trainer.startsOver && !Checkpoint.isOf(identity, at: folder[.checkpoint]))
    if resumes {
      state = try Checkpoint.load(
        folder[.checkpoint], into: learner.network, &learner.optimizer, identity: identity)
      checkpointPlace = state.place
      if let code = trainer.code, state.code != code {
        Console.report(
          "\(trainer.title): goes on \(state.place) with other code than before;"
            + " --resume never starts over")
        state.code = RunRecord.mixedCode
      }
    } else {
      Files.remove(folder[.checkpoint])
      Files.remove(folder[.partialBest])
    }
    let batches = trainingLoader.batchesPerEpoch
    let finishedSteps = state.finishedSteps(perEpoch: batches)
    events = try trainer.eventsFolder.map { try EventFile(in: $0, after: finishedSteps) }
    progress = trainer.progress
    progress.begin(
      trainer.title, epochs: settings.epochs, finished: Double(finishedSteps) / Double(batches))
  }

  /// Trains the rest of the epoch, and stops after any step if that is asked for.
  func trainEpoch() throws {
    let epochStart = ContinuousClock.now
    let rate = settings.schedule(epoch: state.epoch)
    let batches = trainingLoader.batchesPerEpoch
    for batch in trainingLoader.batches(epoch: state.epoch, from: state.sums.steps) {
      let number = state.sums.steps + 1
      let step = learner.step(on: batch, epoch: state.epoch, number: number, learningRate: rate)
      let loss = step.metrics.loss
      events?.add(.step, state.finishedSteps(perEpoch: batches) + 1, step.scalars)
      guard loss.isFinite else {
        try diverge("loss \(CSV.format(loss)) at epoch \(state.epoch), step \(number)")
      }
      state.sums.add(step)
      if settings.logsSteps { state.steps.append(step.metrics) }
      trainedSteps += 1
      trainedImages += step.images
      progress.step(number, of: batches, epoch: state.epoch, images: step.images, loss: loss)
      if Interruption.isRequested || trainedSteps == stopsAfter { try stop() }
    }
    epochSeconds = (ContinuousClock.now - epochStart) / .seconds(1)
    trainingSeconds += epochSeconds
  }

  /// Classifies the validation images.
  func validate() throws -> Evaluation {
    progress.validation(of: epoch)
    _ = try finiteWeights()
    let evaluation = evaluate(
      learner.network, on: validationLoader, isCancelled: { Interruption.isRequested })
    guard let evaluation else { try stop() }
    guard evaluation.loss.isFinite else {
      try diverge("validation loss \(CSV.format(evaluation.loss)) after epoch \(epoch)")
    }
    return evaluation
  }

  /// Adds the epoch's row, saves a checkpoint and prints the notebook's line.
  func finishEpoch(_ evaluation: Evaluation) throws {
    let metrics = state.sums.metrics(
      epoch: state.epoch, learningRate: settings.schedule(epoch: state.epoch),
      validation: evaluation)
    state.finishEpoch(metrics)
    self.evaluation = evaluation
    // Before the checkpoint: a run that is killed in between trains the epoch again.
    if state.bestEpoch == metrics.epoch {
      try Files.write(finiteWeights().encoded(), to: folder[.partialBest])
    }
    try save()
    // After the checkpoint: a run that is killed before it trains the epoch again, and would add the
    // same values twice.
    events?.add(.epoch, metrics.epoch, metrics.scalars)
    progress.epoch(metrics.epoch)
    printLine(metrics.line(of: settings.epochs, seconds: epochSeconds))
    if Interruption.isRequested, !isTrained { try stop() }
  }

  /// Writes the files of the finished run and removes its checkpoint.
  func finish() throws -> RunResult {
    let evaluation = try evaluation ?? validate()
    let weights = self.weights
    let encoded = weights.encoded()
    if let path = trainer.weightsPath { try Files.write(encoded, to: path) }
    let predictions = evaluation.table
    let files = [
      (folder[.weights], encoded), (folder[.predictions], Array(predictions.text.utf8)),
    ]
    let pictures = try Pictures(settings, trainer.data).files(
      predictions: predictions, weights: weights, in: folder)
    let best = try bestWeights()
    try write(
      files + best + pictures + briefTrainings() + rows(evaluation, weights: encoded))
    Files.remove(folder[.checkpoint])
    Files.remove(folder[.partialBest])
    let parameterCount = learner.network.parameterCount
    printLine("#Parameter: \(parameterCount) Accuracy: \(evaluation.accuracy)")
    return RunResult(
      epochs: state.epochs, evaluation: evaluation, parameterCount: parameterCount)
  }

  /// The weights of the best epoch. The file of an interrupted run may have been removed since.
  private func bestWeights() throws -> [(path: String, bytes: [UInt8])] {
    guard Files.exists(folder[.partialBest]) else { return [] }
    return [(folder[.best], try Files.read(folder[.partialBest]))]
  }

  /// The steps of the experiment's brief trainings. They come with the run's other files, so that the ones
  /// of an earlier run stay with its results until then.
  private func briefTrainings() throws -> [(path: String, bytes: [UInt8])] {
    try trainer.briefTrainings.map { training in
      guard let steps = try trainer.steps(of: training) else { try stop() }
      let path = "\(folder.path)/\(training.folder)"
      try Files.createFolder(path)
      let table = Table(columns: StepMetrics.columns, rows: steps.map(\.row))
      return (RunFile.steps.path(in: path), Array(table.text.utf8))
    }
  }

  // MARK: - Stopping

  private func save() throws {
    try Checkpoint.write(
      state, weights: finiteWeights(), optimizer: learner.optimizer, identity: identity,
      to: folder[.checkpoint])
    checkpointPlace = state.place
  }

  private func stop() throws -> Never {
    try save()
    throw Failure(
      .interrupted,
      "interrupted \(state.place); the same command goes on from \(folder[.checkpoint])")
  }

  /// Writes the rows so far, which replace the results of an earlier run, and ends the run.
  private func diverge(_ reason: String) throws -> Never {
    try write(rows(nil, weights: weights.encoded()))
    let checkpoint =
      checkpointPlace.map { "the last good checkpoint, \($0), is \(folder[.checkpoint])" }
      ?? "there is no checkpoint yet"
    throw Failure(
      .diverged,
      "training diverged: \(reason); \(state.epochs.count) epochs kept in \(folder[.metrics]); "
        + "\(checkpoint); a lower --lr or --clip-grad-norm may help")
  }

  // MARK: - Files

  private var weights: SafeTensors {
    learner.network.state(trainedWith: settings, on: trainer.data)
  }

  /// The weights, if all are finite. A step with a finite loss may still have left weights that are
  /// not, and those must not replace the last good checkpoint.
  private func finiteWeights() throws -> SafeTensors {
    let weights = self.weights
    guard weights.isFinite else { try diverge("weights that are not finite \(state.place)") }
    return weights
  }

  /// The record of the run, with the hash of its encoded weights, and its rows; without an evaluation,
  /// those of a run that diverged.
  private func rows(
    _ evaluation: Evaluation?, weights: [UInt8]
  ) -> [(path: String, bytes: [UInt8])] {
    let record = RunRecord(
      command: trainer.command, settings: settings, data: trainer.data,
      parameterCount: learner.network.parameterCount, initialWeights: initialWeights,
      code: state.code,
      finalWeights: SHA256.hash(weights), evaluation: evaluation,
      trainedImages: trainedImages, trainingSeconds: trainingSeconds,
      wallSeconds: (ContinuousClock.now - start) / .seconds(1))
    let epochs = Table(columns: EpochMetrics.columns, rows: state.epochs.map(\.row)).text
    let steps = Table(columns: StepMetrics.columns, rows: state.steps.map(\.row)).text
    let texts =
      [(folder[.record], record.json.text + "\n")]
      + (settings.logsSteps ? [(folder[.steps], steps)] : []) + [(folder[.metrics], epochs)]
    return texts.map { ($0, Array($1.utf8)) }
  }

  /// Replaces the files of an earlier run by these, all of them or none.
  private func write(_ files: [(path: String, bytes: [UInt8])]) throws {
    try Files.write(
      files,
      replacing: ([.weights, .best, .predictions, .steps] + RunFile.pictures).map { folder[$0] }
        + trainer.briefTrainings.map { RunFile.steps.path(in: "\(folder.path)/\($0.folder)") })
  }

  /// Prints a line if it can: the run's files say the same, and a log on a full disk must not end a
  /// long training.
  private func printLine(_ line: String) {
    try? Console.print(line)
  }
}
