import Reporting
import Testing

@Suite("Rounding")
struct RoundingTests {
  @Test(
    "Numbers are rounded according to what they measure",
    arguments: [
      (0.85299, "val_accuracy", "0.8530"), (6.48592, "train_loss", "6.4859"),
      (1e20, "train_loss", "1e+20"), (0.0001, "learning_rate", "0.0001"),
      (12.3456, "gradient_norm_max", "12.35"), (733_514, "parameters", "733,514"),
      (-1_000, "x", "-1,000"), (999, "x", "999"), (.nan, "val_loss", "nan"),
      (-.infinity, "x", "-inf"),
    ])
  func text(number: Double, name: String, expected: String) {
    #expect(Rounding.text(number, of: name) == expected)
  }
}
