import NeuralNetwork
import Testing

@Suite("Cosine schedule")
struct CosineScheduleTests {
  @Test(
    "The cosine schedule starts at the first rate and would reach the final one after the last epoch"
  )
  func ends() {
    let schedule = CosineSchedule(first: 0.01, final: 0.0001, epochs: 250)
    #expect(schedule(epoch: 1) == 0.01)
    #expect(schedule(epoch: 251) == 0.0001)
    #expect(abs(schedule(epoch: 126) - 0.00505) < 1e-17)
  }
}
