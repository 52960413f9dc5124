import NeuralNetwork
import Testing

@Suite("Cosine schedule")
struct CosineScheduleTests {
  @Test("Starts at the first rate and would end at the final one")
  func ends() {
    let schedule = CosineSchedule(first: 0.01, final: 0.0001, epochs: 250)
    #expect(schedule(epoch: 1) == 0.01)
    #expect(schedule(epoch: 251) == 0.0001)
    #expect(abs(schedule(epoch: 126) - 0.00505) < 1e-17)
  }
}
