import Training

/// An experiment small enough to be run in a test.
func smallExperiment() -> Experiment {
  var experiment = Experiment("small", "a test")
  experiment.model.normalization = .batch
  experiment.model.hasFinalReLU = false
  return experiment
}

/// The command line that trains it for two epochs, with seed 0 unless it names seeds.
func words(data: String, output: String, _ more: String...) -> [String] {
  words(data: data, output: output, more)
}

func words(data: String, output: String, _ more: [String]) -> [String] {
  [
    "--profile", "demo", "--data-path", data, "--output-dir", output, "--epochs", "2", "-b", "6",
    "--image-size", "32", "--progress", "none",
  ] + (more.contains { $0.hasPrefix("--seed") } ? [] : ["--seed", "0"]) + more
}
