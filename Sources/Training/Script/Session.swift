import Datasets
import Models
import NeuralNetwork
import Support

/// An experiment whose command line has been read and whose images are known: the runs to make.
public final class Session {
  /// The experiment's name.
  private let name: String
  /// The runs to make, in order.
  package let runs: [PlannedRun]
  private let images: RunImages
  private let options: RunOptions
  private let briefTrainings: [BriefTraining]
  /// The SHA-256 of the code that decides numbers; `nil` if it is not known.
  private let code: String?
  private let progress: Progress

  /// Looks at the finished runs that are there, and reads the images of the first one that is to be made.
  ///
  /// - Throws: `Failure` with code 73 if a finished run would be replaced, with other codes for images that
  ///   cannot be used.
  init(
    name: String, runs: [PlannedRun], images: RunImages, options: RunOptions,
    briefTrainings: [BriefTraining], code: String?
  ) throws {
    self.name = name
    self.runs = runs
    self.images = images
    self.options = options
    self.briefTrainings = briefTrainings
    self.code = code
    progress = Progress(options.progress, runs: runs.map(\.settings.epochs))
    // All of them before anything is written.
    let pending = try runs.filter { try finished($0) == nil }
    if let first = pending.first { _ = try images.data(first.settings) }
  }

  /// Makes every run that is not done yet, and prints the mean of the runs' accuracies.
  public func train() {
    orExit(name) { _ = try makeRuns() }
  }

  /// Makes the runs. One whose training diverges does not keep the others from being made.
  ///
  /// - Parameter steps: Stops a run after so many steps, as if by a signal.
  /// - Returns: The outcomes of the runs that were made.
  /// - Throws: `Failure`; with code 3 for the last run that diverged, after all others.
  @discardableResult
  package func makeRuns(stoppingAfter steps: Int? = nil) throws -> [RunResult] {
    var results: [RunResult] = []
    var divergence: Failure?
    for run in runs {
      do {
        if let result = try make(run, stoppingAfter: steps) { results.append(result) }
      } catch let failure as Failure where failure.code == .diverged {
        if let divergence { Console.report("\(name): \(divergence.description)") }
        divergence = failure
      }
    }
    if runs.count > 1 { printMeans() }
    if let divergence { throw divergence }
    return results
  }

  /// Makes a run unless it is done already.
  private func make(_ run: PlannedRun, stoppingAfter steps: Int?) throws -> RunResult? {
    if let finished = try finished(run) {
      try pass(run, finished)
      return nil
    }
    let title = run.title(in: name)
    let data = try images.data(run.settings)
    // Asked again once no other process can finish the run.
    let folder = try RunFolder(run.folder)
    if let finished = try finished(run, saysWhatIsReplaced: true) {
      try pass(run, finished)
      return nil
    }
    let isDiverged = FinishedRun(in: run.folder)?.record.status == .diverged
    let trainer = Trainer(
      settings: run.settings, data: data, title: title,
      // From its last checkpoint, a training that diverged would do so again.
      resumes: options.resume == .auto && !(isDiverged && options.repeatsFinished),
      startsOver: isDiverged || options.replacesFinished, progress: progress, command: run.command,
      weightsPath: options.weightsPath, code: code, briefTrainings: briefTrainings,
      eventsFolder: options.tensorboard.map {
        "\($0)/\(name)/\(run.arm.folder(seed: run.seed))"
      })
    return try trainer.run(in: folder, stoppingAfter: steps)
  }

  /// Passes over a run that is finished already.
  ///
  /// - Throws: `Failure` with code 3 if it diverged.
  private func pass(_ run: PlannedRun, _ finished: FinishedRun) throws {
    progress.skip(epochs: run.settings.epochs)
    let title = run.title(in: name)
    guard finished.record.status == .complete else {
      throw Failure(.diverged, "\(title): diverged earlier in \(run.folder); \(Self.again)")
    }
    if options.progress != .none {
      Console.report("\(title): done already in \(run.folder); \(Self.again)")
    }
    if let parameters = finished.record.parameterCount, let accuracy = finished.accuracy {
      try? Console.print("#Parameter: \(parameters) Accuracy: \(accuracy)")
    }
    if let path = options.weightsPath {
      try Files.write(try Files.read(RunFile.weights.path(in: run.folder)), to: path)
    }
  }

  private static let again = "--rerun repeats it"

  // MARK: - Finished runs

  /// The finished run in place of which nothing need be done; `nil` if the run is to be made.
  ///
  /// - Throws: `Failure` with code 73 if a finished run would be replaced.
  private func finished(
    _ run: PlannedRun, saysWhatIsReplaced: Bool = false
  ) throws -> FinishedRun? {
    guard let finished = FinishedRun(in: run.folder) else { return nil }
    func differences(_ fingerprint: String?, _ weights: String?) -> [String] {
      RunIdentity(
        settings: run.settings, dataFingerprint: fingerprint, initialWeights: weights, code: code
      ).differences(from: finished.record)
    }
    // What takes time is looked at only if nothing else differs.
    var different = differences(nil, nil)
    if different.isEmpty || different.areOfCodeAlone {
      let fingerprint = try images.fingerprint(run.settings)
      different = differences(fingerprint, try images.initialWeights(run.settings))
    }
    guard !different.isEmpty else {
      return finished.has(run.settings) && !options.repeatsFinished ? finished : nil
    }
    guard options.replacesFinished || finished.isReplaceable(by: different) else {
      throw Failure(
        .cannotCreate,
        "\(run.folder): holds a finished run that differs: \(different.joined(separator: "; "));"
          + " --replace replaces it, --output-dir DIR puts this one elsewhere")
    }
    if saysWhatIsReplaced, different.areOfCodeAlone, finished.isCommitted {
      Console.report(
        "\(run.title(in: name)): made again with other code; git has what is in \(run.folder) now")
    }
    return nil
  }

  // MARK: - Results

  /// Prints `norm: 0.943 ± 0.012 (n = 3)` for every arm.
  private func printMeans() {
    var arms: [Arm] = []
    for run in runs where !arms.contains(run.arm) { arms.append(run.arm) }
    for arm in arms {
      let accuracies = runs.filter { $0.arm == arm }.compactMap { run -> Double? in
        let finished = FinishedRun(in: run.folder)
        return finished?.record.status == .complete ? finished?.accuracy : nil
      }
      try? Console.print("\(arm.label(in: name)): \(SampleSummary(accuracies).text)")
    }
  }
}

extension SampleSummary {
  /// The mean with the standard deviation, `0.943 ± 0.012`.
  package var meanText: String {
    guard count > 0 else { return "–" }
    return decimals(mean, 3) + (standardDeviation.map { " ± \(decimals($0, 3))" } ?? "")
  }

  /// The mean with the standard deviation and the number of runs: `0.943 ± 0.012 (n = 3)`.
  package var text: String { count > 0 ? "\(meanText) (n = \(count))" : "no complete run" }
}
