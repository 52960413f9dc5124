import Models
import Support
import Training

extension Results {
  /// The figures of an experiment. A new one is a row here: `curves` for a metric by epoch, else a function
  /// and a script in `reports/plots`.
  static let experimentPlots: [Plot<ExperimentInProfile>] = [
    Plot("sweep", in: .experiment, figure: sweep),
    Plot("heat-map", in: .experiment, figure: heatMap),
    curves("loss", of: [("training", "train_loss"), ("validation", "val_loss")]),
    curves("accuracy", of: [("training", "train_accuracy"), ("validation", "val_accuracy")]),
    curves(
      "gradient norm", of: [("largest", "gradient_norm_max"), ("mean", "gradient_norm_mean")]),
    Plot("unclipped", in: .experiment, figure: unclipped),
    Plot("confusion", in: .classes, figure: confusion),
    Plot("samples", in: .samples, figure: samples),
    Plot("mistakes", in: .mistakes, figure: mistakes),
    Plot("filters", in: .filters, figure: filters),
  ]

  /// The figures of all experiments of a profile together.
  static let profilePlots: [Plot<Results>] = [
    Plot("architecture", in: .architecture, figure: architecture),
    comparison("validation accuracy", "val_accuracy"),
    comparison("validation loss", "val_loss"),
    comparison("learning rate", "learning_rate"),
    Plot("comparison-notebook", in: .notebook, figure: notebook),
  ]

  // MARK: - Curves

  /// What a metric is called on an axis, by its column.
  private static func unit(_ column: String) -> String {
    if column.hasSuffix("accuracy") { return " (fraction)" }
    if column.hasSuffix("loss") { return " (mean cross entropy)" }
    return column.hasPrefix("gradient_norm") ? " before clipping (L2)" : ""
  }

  /// The range of a metric's axis, by its column.
  private static func quantity(_ column: String) -> Curves.Quantity {
    column.hasSuffix("accuracy") ? .fraction : column == "learning_rate" ? .rate : .positive
  }

  /// What a network reaches that gives all classes the same probability.
  private static func chance(_ column: String, _ run: RunResults?) -> [Curves.Reference] {
    guard let classes = run?.record?.settings?.model.classes, classes > 1 else { return [] }
    if column.hasSuffix("accuracy") {
      return [Curves.Reference(label: "chance (1/\(classes))", value: 1 / Double(classes))]
    }
    guard column.hasSuffix("loss") else { return [] }
    return [
      Curves.Reference(label: "chance (ln \(classes))", value: Elementary.log(Double(classes)))
    ]
  }

  /// The lines of gnuplot for an axis of epochs.
  private static func epochs(_ runs: [RunResults]) -> [String] {
    ["epochs = \(Int(runs.compactMap { $0.numbers("epoch").max() }.max() ?? 1))"]
  }

  /// Metrics of an experiment by epoch: of an experiment without a sweep all of them, of one with a sweep
  /// the last, the one on validation images, for every arm.
  private static func curves(
    _ metric: String, of parts: [(label: String, column: String)]
  ) -> Plot<ExperimentInProfile> {
    Plot(metric.split(separator: " ").joined(separator: "-"), in: .experiment) { subject, name in
      let (experiment, results) = (subject.experiment, subject.results)
      let column = parts[parts.count - 1].column
      // The gradient of a dead network is 0, which a logarithmic axis does not have.
      let limit = metric == "gradient norm" ? 0 : -Double.infinity
      let isSweep = experiment.arms.count > 1
      guard !isSweep || column.hasPrefix("val") else { return nil }
      let curves =
        isSweep
        ? experiment.arms.map {
          MeanCurve($0.arm.label, color: 0, column, of: $0.runs)
        }
        : parts.enumerated().map { index, part in
          MeanCurve(
            part.label, color: experiment.color,
            isDashed: index < parts.count - 1, part.column, of: experiment.runs, above: limit)
        }
      let clipping = (metric == "gradient norm" ? experiment.runs.first?.gradientNormLimit : nil)
        .map { Curves.Reference(label: "clipped to \(CSV.format($0))", value: $0) }
      guard
        let drawing = Curves(
          curves, quantity(column),
          label: (isSweep ? "validation \(metric)" : metric) + unit(column),
          heading: results.heading(experiment.arms.map(\.runs)),
          references: chance(column, experiment.runs.first) + (clipping.map { [$0] } ?? []),
          horizontal: epochs(experiment.runs))
      else { return nil }
      let subject = isSweep ? "Validation \(metric)" : metric.capitalizedFirst
      return Figure(
        name: name,
        caption: "\(subject) of \(experiment.name)\(isSweep ? ", one curve for each arm" : "")"
          + spread(experiment.arms),
        summary: "Line chart of \(isSweep ? "validation " : "")\(metric) by epoch, one line for "
          + (isSweep
            ? "each arm of \(experiment.name)"
            : parts.map(\.label).joined(separator: ", one for ")),
        source: .script("curves", inputs: drawing.lines()))
    }
  }

  /// A metric of every experiment's representative arm by epoch.
  private static func comparison(_ metric: String, _ column: String) -> Plot<Results> {
    // A schedule is the same for all seeds, and needs little room.
    let isSchedule = column == "learning_rate"
    let name = "comparison-" + (isSchedule ? "learning-rate" : String(column.dropFirst(4)))
    return Plot(name, in: .comparison) { results, name in
      let arms = results.complete.compactMap { experiment in
        experiment.representative.map { (arm: $0, color: experiment.color) }
      }
      let runs = arms.flatMap(\.arm.runs)
      let drawing = Curves(
        arms.map {
          MeanCurve(
            $0.arm.label, color: $0.color, column,
            of: isSchedule ? [$0.arm.runs[0]] : $0.arm.runs)
        },
        quantity(column), label: metric + unit(column),
        heading: results.heading(arms.map(\.arm.runs)),
        references: chance(column, runs.first), horizontal: epochs(runs))
      guard let drawing else { return nil }
      return Figure(
        name: name,
        caption: "\(metric.capitalizedFirst) of all experiments"
          + (isSchedule ? "" : spread(arms.map(\.arm))),
        summary: "Line chart of \(metric) by epoch, one line per experiment",
        source: .script("curves", inputs: drawing.lines(height: isSchedule ? 130 : 300)))
    }
  }

  /// The end of the caption of curves, which says how arms of several runs are drawn.
  private static func spread(_ arms: [ArmResults]) -> String {
    guard arms.contains(where: { $0.runs.count > 1 }) else { return "" }
    let diverged = arms.contains { arm in arm.runs.contains { $0.record?.status == .diverged } }
    return
      ": means over the seeds that reach an epoch\(diverged ? " and do not diverge" : ""), with "
      + "bands from the lowest to the highest; thin lines are single seeds"
  }

  /// Our validation accuracies and the notebook's own.
  @Sendable private static func notebook(_ results: Results, _ name: String) throws -> Figure? {
    let published = results.complete.compactMap { experiment in
      NotebookCurves.name(of: experiment).flatMap { theirs in
        experiment.representative.map { (experiment, arm: $0, theirs) }
      }
    }
    guard !published.isEmpty, let reference = try NotebookCurves(for: results) else { return nil }
    let curves = published.flatMap { experiment, arm, theirs in
      [
        MeanCurve(
          "\(arm.label), notebook", color: experiment.color, isDashed: true,
          runs: [
            reference.names.indices.filter { reference.names[$0] == theirs }.map {
              (100 * reference.epochs[$0] / Double(reference.schedule), reference.accuracies[$0])
            }
          ]),
        MeanCurve(arm.label, color: experiment.color, "val_accuracy", of: arm.runs) {
          100 * $0 / Double($1.schedule)
        },
      ]
    }
    let drawing = Curves(
      curves, .fraction, label: "validation accuracy (fraction)",
      heading: results.heading(published.map(\.arm.runs)),
      references: chance("val_accuracy", published[0].arm.runs[0]),
      horizontal: ["xlabel = 'share of the schedule (%)'"])
    return drawing.map {
      Figure(
        name: name,
        caption: "Validation accuracy beside the notebook's own, over the share of the schedule"
          + spread(published.map(\.arm)),
        summary:
          "Line chart of validation accuracy, two lines per experiment: here and in the notebook",
        source: .script("curves", inputs: $0.lines()))
    }
  }

  /// The line above a figure: profile, seeds and the number of runs that a mean is taken over, which leaves
  /// out those that diverged beside others.
  func heading(_ arms: [[RunResults]]) -> String {
    let arms = arms.map { runs in
      let drawn = runs.filter { $0.record?.status != .diverged }
      return drawn.isEmpty ? runs : drawn
    }
    let seeds = Set(arms.joined().map(\.seed)).sorted().map(String.init)
    let list = seeds.count > 8 ? seeds.prefix(3) + ["…"] + seeds.suffix(1) : seeds[...]
    let counts = arms.map(\.count)
    let (low, high) = (counts.min() ?? 0, counts.max() ?? 0)
    return "\(profile), \(seeds.count == 1 ? "seed" : "seeds") \(list.joined(separator: ", ")) "
      + "(n = \(low == high ? "\(low)" : "\(low) to \(high)"))"
  }
}

extension String {
  /// The text as the beginning of a sentence.
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
