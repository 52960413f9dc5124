import Commands
import Models
import NeuralNetwork
import Support
import Synchronization
import TestSupport
import Training

/// A finished command.
struct CommandResult {
  let code: ExitCode
  /// All that it wrote to standard output, the help included.
  let output: String
  /// The message of a failure, empty on success.
  let complaint: String

  var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// Runs the tool as its program does.
///
/// - Parameters:
///   - words: The command line.
///   - root: The folder that the program would be started in.
/// - Returns: Its exit code and its output.
/// - Throws: An error of any other type than `Failure`; the program should throw none.
func squeezenet(_ words: [String], root: String = ".") throws -> CommandResult {
  let output = Mutex("")
  let context = CommandContext(root: root) { text in output.withLock { $0 += text } }
  func result(_ code: ExitCode, _ last: String = "", complaint: String = "") -> CommandResult {
    CommandResult(code: code, output: output.withLock { $0 } + last, complaint: complaint)
  }
  do {
    try Tool.run(words, in: context)
    return result(.success)
  } catch let finished as Finished {
    return result(finished.code, finished.output)
  } catch let failure as Failure {
    return result(failure.code, complaint: failure.description)
  }
}

func squeezenet(_ words: String..., root: String = ".") throws -> CommandResult {
  try squeezenet(words, root: root)
}

/// Writes the weights of an untrained network for images of 32 px.
func writeWeights(
  to path: String, classes: [String], bypass: SqueezeNet.Bypass = .simple
) throws {
  var configuration = SqueezeNet.Configuration()
  configuration.classes = classes.count
  configuration.hasFinalReLU = false
  configuration.bypass = bypass
  let network = SqueezeNet(configuration, engine: DirectEngine())
  network.initialize(seed: 1)
  try network.state(imageSize: 32, classNames: classes).write(to: path)
}

extension MockPackage {
  /// A package in a git repository with one experiment, `norm`, whose run in profile demo was committed
  /// twice with different losses.
  static func withHistory() throws -> MockPackage {
    let package = try MockPackage()
    try package.git("init", "-q")
    for loss in ["0.5", "0.25"] {
      try package.writeRun(loss: loss)
      try package.commit("Reach \(loss)")
    }
    return package
  }

  /// Writes the files of a run of one epoch.
  func writeRun(loss: String, seed: Int = 0) throws {
    try write("//: # Norm\n//: {{val_loss}}\n", to: "experiments/norm/main.swift")
    try write(
      "epoch,train_loss,train_accuracy,val_loss,val_accuracy\n1,1,0.5,\(loss),0.75\n",
      to: "reports/demo/norm/seed-\(seed)/metrics.csv")
    try write(
      "{\"seed\": \(seed), \"status\": \"complete\"}\n",
      to: "reports/demo/norm/seed-\(seed)/run.json")
  }
}
