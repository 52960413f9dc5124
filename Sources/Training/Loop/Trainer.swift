import Support

/// Trains networks with given settings on given images.
struct Trainer {
  let settings: Settings
  let data: RunData
  /// The name of the run in messages.
  let title: String
  /// Whether a run goes on from the checkpoint in its folder, if there is one.
  let resumes: Bool
  /// Whether a checkpoint of another identity is dropped instead of being an error.
  let startsOver: Bool
  let progress: Progress
  /// The command that repeats the run.
  let command: String
  /// A file that gets the final weights too.
  let weightsPath: String?
  /// The SHA-256 of the code that decides numbers; `nil` if it is not known.
  let code: String?
  let briefTrainings: [BriefTraining]
  /// The folder of the events for TensorBoard; `nil` for none.
  let eventsFolder: String?

  /// Trains a network to the end and writes the files of its run.
  ///
  /// - Parameters:
  ///   - folder: The run's folder.
  ///   - steps: Stops after so many steps, as if by a signal.
  /// - Returns: The outcome, which the run's files contain too.
  /// - Throws: `Failure` with code 130 if the run is stopped, 3 if the training diverges.
  func run(in folder: RunFolder, stoppingAfter steps: Int? = nil) throws -> RunResult {
    let run = try TrainingRun(self, in: folder, stoppingAfter: steps)
    defer { progress.end() }
    while !run.isTrained {
      try run.trainEpoch()
      try run.finishEpoch(run.validate())
    }
    return try run.finish()
  }

  /// Makes the steps of a brief training, which evaluates nothing. Epochs beyond the schedule keep the rate of
  /// its last one.
  ///
  /// - Returns: One row per step, the loss of the last one possibly not finite; `nil` if it was interrupted.
  func steps(of training: BriefTraining) throws -> [StepMetrics]? {
    var settings = settings
    training.change(&settings)
    var learner = try Learner(settings, trainingImages: data.training.count)
    let events = try eventsFolder.map { try EventFile(in: "\($0)/\(training.folder)") }
    var rows: [StepMetrics] = []
    var epoch = 1
    while rows.count < training.steps {
      let rate = settings.schedule(epoch: min(epoch, settings.epochs))
      for (index, batch) in data.trainingLoader(settings).batches(epoch: epoch).enumerated() {
        let step = learner.step(on: batch, epoch: epoch, number: index + 1, learningRate: rate)
        rows.append(step.metrics)
        events?.add(.step, rows.count, step.scalars)
        if rows.count == training.steps || !step.metrics.loss.isFinite { return rows }
        if Interruption.isRequested { return nil }
      }
      epoch += 1
    }
    return rows
  }
}

/// The outcome of a run.
package struct RunResult: Sendable {
  /// One row per epoch.
  package var epochs: [EpochMetrics]
  /// The predictions of the final weights for the validation images.
  package var evaluation: Evaluation
  /// The number of trained weights.
  package var parameterCount: Int
}
