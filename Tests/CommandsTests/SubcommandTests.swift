import Commands
import Models
import Support
import TestSupport
import Testing

@Suite("Subcommands", .temporaryFolder)
struct SubcommandTests {
  private let folder = TemporaryFolder.path

  @Test("--help lists every subcommand, and every subcommand has its own --help")
  func help() throws {
    let overview = try squeezenet("--help")
    #expect(overview.code == .success)
    let names = overview.output.matches(of: /(?m)^  ([a-z-]+) {2,}\S/).map { String($0.output.1) }
    #expect(names.count == 13 && names.contains("evaluate"))
    for name in names {
      let help = try squeezenet(name, "--help")
      #expect(help.code == .success)
      #expect(help.output.hasPrefix("usage: squeezenet \(name) "))
      #expect(help.output.contains("-h, --help"))
      let refused = try squeezenet(name, "--no-such-option")
      #expect(refused.code == .usage)
      #expect(refused.complaint.hasPrefix("unknown option --no-such-option"))
    }
  }

  @Test(
    "An invalid command line fails with exit code 64 and a line that names the fault",
    arguments: [
      ([], "no command given; one of summary, "), (["x"], "unknown command 'x'; one of summary, "),
      (["summary", "x"], "unexpected argument 'x'"),
      (["summary", "--classes", "0"], "--classes: expected "),
      (["evaluate"], "--weights is needed"),
      (["evaluate", "--weights", "w", "--data-path", "d", "-j", "0"], "--threads: expected "),
      (["classify", "--weights", "w", "x.jpeg", "-j", "0"], "--threads: expected "),
      (["classify", "--weights", "w"], "name at least one image"),
      (["transform", "a", "b"], "--resize is needed"), (["verify"], "name the folder "),
      (["diff", "--rtol", "-1"], "--rtol: expected "),
      (["runs", "x"], "unexpected argument 'x'"),
      (["runs", "--csv", "--markdown"], "--csv and --markdown: expected one of them"),
      (["make-demo-data"], "name one folder"),
      (["pictures"], "name at least one run's folder"),
      (["watch", "--profile", "x"], "--profile: "),
    ])
  func usage(words: [String], complaint: String) throws {
    let result = try squeezenet(words)
    #expect(result.code == .usage)
    #expect(result.output == "")
    #expect(result.complaint.hasPrefix(complaint))
  }

  @Test(
    "A subcommand with a missing file fails with exit code 66",
    arguments: [
      ["evaluate", "--weights", "nowhere", "--data-path", "nowhere"],
      ["classify", "--weights", "nowhere", "x.jpeg"],
      ["transform", "nowhere", "out.ppm", "--resize", "8"],
      ["pictures", "nowhere", "--data-path", "nowhere"], ["weave", "--profile", "nowhere"],
      ["watch", "--experiment", "nowhere"], ["runs", "--profile", "nowhere"],
    ])
  func missing(words: [String]) throws {
    let result = try squeezenet(words, root: folder)
    #expect(result.code == .missing)
    #expect(result.complaint.contains("nowhere"))
  }

  @Test("summary ends with the totals of the network described by the options")
  func summary() throws {
    let text = try squeezenet("summary")
    #expect(text.output.contains("727,626"))
    #expect(try squeezenet("summary", "--norm", "batch").output.contains("733,514"))
    let table = try Table(
      parsing: try squeezenet("summary", "--csv", "--norm=batch").output, name: "")
    #expect(table.numbers("parameters")?.reduce(0, +) == 733_514)
    #expect(try squeezenet("summary", "--image-size", "10").code == .usage)
  }

  @Test("evaluate prints the accuracy of its predictions and writes every logit")
  func evaluate() throws {
    try writeSmallDataset(to: "\(folder)/data")
    try writeWeights(to: "\(folder)/weights", classes: ["a", "b"])
    let result = try squeezenet(
      "evaluate", "--weights", "\(folder)/weights", "--data-path", "\(folder)/data",
      "--predictions", "\(folder)/predictions.csv", "--logits", "\(folder)/logits.csv")
    #expect(result.code == .success)
    let predictions = try Table(
      parsing: try Files.readText("\(folder)/predictions.csv"), name: "predictions.csv")
    #expect(predictions["label"] == ["0", "0", "0", "0", "1", "1", "1", "1"])
    let right = zip(predictions["label"] ?? [], predictions["predicted"] ?? []).count { $0 == $1 }
    #expect(result.output.hasSuffix(" Accuracy: \(Double(right) / 8)\n"))
    let logits = try Table(
      parsing: try Files.readText("\(folder)/logits.csv"), name: "logits.csv")
    #expect(logits.rows.count == 8 && logits.numbers("logit_1") != nil)
  }

  @Test("evaluate --variant keeps the bypass of the weights file")
  func variantOfTheFile() throws {
    try writeSmallDataset(to: "\(folder)/data")
    for bypass in SqueezeNet.Bypass.allCases {
      try writeWeights(to: "\(folder)/weights", classes: ["a", "b"], bypass: bypass)
      func logits(_ more: String...) throws -> String {
        let words = [
          "evaluate", "--weights", "\(folder)/weights", "--data-path", "\(folder)/data",
          "--logits", "\(folder)/logits.csv",
        ]
        #expect(try squeezenet(words + more).code == .success)
        return try Files.readText("\(folder)/logits.csv")
      }
      #expect(try logits() == logits("--variant", "notebook"))
      let other = bypass == .none ? "simple" : "none"
      if bypass != .complex { #expect(try logits() != logits("--bypass", other)) }
    }
  }

  @Test("evaluate rejects data with another number of classes with exit code 65")
  func otherClasses() throws {
    try writeSmallDataset(to: "\(folder)/data")
    try writeWeights(to: "\(folder)/weights", classes: ["a", "b", "c"])
    let complaint = "\(folder)/data: expected 3 classes as in \(folder)/weights, got 2"
    for words in [["evaluate"], ["classify", "\(folder)/data/val/ant/ant_0.JPEG"]] {
      let result = try squeezenet(
        words + ["--weights", "\(folder)/weights", "--data-path", "\(folder)/data"])
      #expect(result.code == .corrupt)
      #expect(result.complaint == complaint)
    }
  }

  @Test("classify names classes as in the data, else as in the weights file")
  func classNames() throws {
    try writeSmallDataset(to: "\(folder)/data")
    try writeWeights(to: "\(folder)/weights", classes: ["dark", "bright"])
    let image = "\(folder)/data/val/ant/ant_0.JPEG"
    func names(_ more: String...) throws -> Set<String> {
      let result = try squeezenet(["classify", "--weights", "\(folder)/weights", image] + more)
      #expect(result.code == .success && result.lines.first == image)
      return Set(result.lines.dropFirst().compactMap { $0.split(separator: " ").last })
        .reduce(into: []) { $0.insert(String($1)) }
    }
    #expect(try names() == ["dark", "bright"])
    #expect(try names("--data-path", "\(folder)/data") == ["ant", "cat"])
  }

  @Test("classify skips an unreadable image and classifies the others")
  func classifiesTheRest() throws {
    try writeSmallDataset(to: "\(folder)/data")
    try writeWeights(to: "\(folder)/weights", classes: ["dark", "bright"])
    let image = "\(folder)/data/val/cat/cat_1.JPEG"
    let result = try squeezenet(
      "classify", "--weights", "\(folder)/weights", "\(folder)/none.jpeg", image)
    #expect(result.code == .missing)
    #expect(result.complaint.hasPrefix("cannot read \(folder)/none.jpeg"))
    #expect(result.lines.first == image && result.lines.count == 3)
  }

  @Test("transform resizes, crops and mirrors as the options say")
  func transform() throws {
    try writeSmallDataset(to: "\(folder)/data")
    let (image, output) = ("\(folder)/data/val/ant/ant_0.JPEG", "\(folder)/out.ppm")
    let crop = try squeezenet(
      "transform", image, output, "--resize", "20", "--crop", "2,3,8", "--flip")
    #expect(crop.code == .success)
    #expect(try Files.read(output).starts(with: "P6\n8 8\n255\n".utf8))
    let outside = try squeezenet("transform", image, output, "--resize", "20", "--crop", "15,0,8")
    #expect(outside.code == .usage)
    #expect(outside.complaint.hasPrefix("--crop: 8 pixels from row 15, column 0 do not fit"))
  }
}

@Suite(
  "Subcommands on commits", .temporaryFolder,
  .enabled(if: isInstalled("git"), "git is not installed"))
struct CommitSubcommandTests {
  @Test("diff lists differences and exits with code 1 only if asked to")
  func diff() throws {
    let package = try MockPackage.withHistory()
    let root = package.root
    let same = try squeezenet("diff", "--exit-code", root: root)
    #expect(same.code == .success)
    #expect(same.output == "no differences between HEAD, worktree in 1 run\n")
    let listed = try squeezenet("diff", "HEAD~1", "HEAD", root: root)
    #expect(listed.code == .success)
    #expect(listed.output.contains("val_loss, final"))
    #expect(try squeezenet("diff", "HEAD~1", "--exit-code", root: root).code == .differences)
    #expect(
      try squeezenet("diff", "HEAD~1", "--exit-code", "--atol=0.3", root: root).code == .success)
    #expect(try squeezenet("diff", "nowhere", root: root).code == .incomparable)
  }

  @Test("diff compares two runs, also one of a commit")
  func diffOfRuns() throws {
    let package = try MockPackage.withHistory()
    try package.writeRun(loss: "0.5", seed: 1)
    let run = "reports/demo/norm/seed-1"
    func diff(_ other: String, _ more: String...) throws -> CommandResult {
      try squeezenet(["diff", other, run, "--exit-code"] + more, root: package.root)
    }
    #expect(try diff("HEAD~1:reports/demo/norm/seed-0").code == .success)
    let different = try diff("HEAD:reports/demo/norm/seed-0", "--markdown")
    #expect(different.code == .differences)
    #expect(different.output.contains("| metrics.csv | val_loss, final | 0.25 | 0.5 |"))
    #expect(try diff("HEAD:reports/demo/norm/seed-0", "--rtol=0.5").code == .success)
    #expect(try diff("HEAD").code == .usage)
    #expect(try diff("HEAD:reports/demo/norm/seed-9").code == .incomparable)
  }

  @Test("history prints one row per commit that changed a run")
  func history() throws {
    let package = try MockPackage.withHistory()
    let root = package.root
    let result = try squeezenet("history", root: root)
    #expect(result.code == .success && result.lines.count == 3)
    #expect(result.lines[1].contains("Reach 0.5") && result.lines[2].contains("Reach 0.25"))
    #expect(try squeezenet("history", "--markdown", root: root).output.hasPrefix("| commit |"))
    #expect(try squeezenet("history", "--profile", "quick", root: root).code == .incomparable)
  }

  @Test("runs lists all runs in the order that is asked for")
  func runs() throws {
    let package = try MockPackage()
    for (seed, loss) in ["0.75", "0.5", "0.625"].enumerated() {
      try package.writeRun(loss: loss, seed: seed)
    }
    func seeds(_ words: String...) throws -> [String]? {
      let result = try squeezenet(["runs", "--csv"] + words, root: package.root)
      #expect(result.code == .success)
      return try Table(parsing: result.output, name: "")["seed"]
    }
    #expect(try seeds() == ["0", "1", "2"])
    #expect(try seeds("--sort", "val_loss", "--profile", "demo") == ["1", "2", "0"])
    let text = try squeezenet("runs", root: package.root)
    #expect(text.lines.count == 4 && text.lines[0].hasPrefix("profile  experiment  arm  seed  "))
    #expect(
      try squeezenet("runs", "--markdown", root: package.root).output.hasPrefix("| profile |"))
    let unknown = try squeezenet("runs", "--sort", "x", root: package.root)
    #expect(unknown.code == .usage)
    #expect(
      unknown.complaint
        == "--sort: no column 'x'; there are profile, experiment, arm, seed, epochs, val_accuracy,"
        + " best_val_accuracy, val_loss, silenced_classes, never_predicted_classes, seconds, state")
  }

  @Test("verify exits with code 1 and names the row if a repeated run has other bytes")
  func verify() throws {
    let package = try MockPackage.withHistory()
    let root = package.root
    let difference =
      "reports/demo/norm/seed-0/metrics.csv: row 1, val_loss: expected 0.25, got 0.5\n"
    let scratch = try MockPackage()
    try scratch.writeRun(loss: "0.5")
    let result = try squeezenet("verify", scratch.root, root: root)
    #expect(result.code == .differences)
    #expect(result.output.hasPrefix(difference))
    #expect(try squeezenet("verify", "\(scratch.root)/nowhere", root: root).code == .incomparable)
  }
}
