import TestSupport
import Testing
import Training

@Suite("Arm")
struct ArmTests {
  @Test("An arm's folder names its settings and values, and reads back")
  func folder() {
    let arm = Arm([
      .init("lr-min", "1e-05"), .init("clip-grad-norm", "none"), .init("dropout", "0.25"),
    ])
    #expect(arm.folder == "lr-min-1e-05_clip-grad-norm-none_dropout-0.25")
    #expect(Arm(folder: arm.folder) == arm)
    #expect(arm.folder(seed: 3) == "lr-min-1e-05_clip-grad-norm-none_dropout-0.25/seed-3")
    #expect(Arm().folder(seed: 3) == "seed-3")
  }

  @Test(
    "A folder whose name no sweep gives is not an arm's",
    arguments: [
      "", "unclipped", "seed-0", "rate-1", "0.25", "lr-", "lr-0.010", "lr-0.01-old",
      "lr-0.01_lr-0.02",
      "dropout-0.5_lr-0.01", "dropout-2", "epochs-9_dropout-x y",
    ])
  func otherFolder(name: String) {
    #expect(Arm(folder: name) == nil)
  }

  @Test(
    "Only the name that a seed's folder has is one",
    arguments: ["seed-01", "seed-", "seed--1", "seed-1x"])
  func seedFolder(name: String) {
    #expect(Arm.seed(ofFolder: "seed-18446744073709551615") == .max)
    #expect(Arm.seed(ofFolder: name) == nil)
  }

  @Test("Arms are sorted by numbers first, then by words")
  func order() {
    let values = ["0", "0.5", "2", "10", "none"]
    let arms = values.map { Arm([.init("clip-grad-norm", $0)]) }
    #expect(arms.reversed().sorted() == arms)
    #expect(Arm() < arms[0])
  }

  @Test("An experiment that is called as its setting does not say it twice")
  func label() {
    let arm = Arm([.init("dropout", "0.5")])
    #expect(arm.label(in: "dropout") == "dropout 0.5")
    #expect(arm.label(in: "norm") == "norm, dropout 0.5")
    #expect(Arm().label(in: "norm") == "norm")
  }
}
