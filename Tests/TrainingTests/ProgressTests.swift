import Testing
import Training

@Suite("Progress")
struct ProgressTests {
  @Test("A progress line has a bar if there is room and never exceeds the terminal's width")
  func width() {
    let text = "epoch 3/8 step 5/63 120 images/s loss 1.2345 12 s left"
    #expect(
      Progress.line("norm", 0.25, text, columns: 120)
        == "norm [======                  ] \(text)")
    #expect(Progress.line("norm", 0.5, text, columns: 70) == "norm [====    ] \(text)")
    #expect(Progress.line("norm", 0.5, text, columns: 64) == "norm \(text)")
    #expect(Progress.line("norm", 0.5, text, columns: 20) == "norm epoch 3/8 step ")
    for columns in 0...130 {
      #expect(Progress.line("norm", 1, text, columns: columns).count <= columns)
    }
  }
}
