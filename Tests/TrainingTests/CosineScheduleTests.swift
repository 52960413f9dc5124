import Models
import NeuralNetwork
import Support
import Testing
import Training

@Suite("Cosine schedule")
struct CosineScheduleTests {
  @Test("Starts at the first rate and would end at the final one")
  func ends() {
    let schedule = CosineSchedule(first: 0.01, final: 0.0001, epochs: 250)
    #expect(schedule(epoch: 1) == 0.01)
    #expect(schedule(epoch: 251) == 0.0001)
    #expect(abs(schedule(epoch: 126) - 0.00505) < 1e-17)
  }

  @Test("Equals PyTorch's CosineAnnealingLR in single precision", arguments: [10, 250])
  func parity(epochs: Int) throws {
    let path = "\(fixtures)/optimizer/cosine.safetensors"
    let file = try SafeTensors(contentsOf: path)
    let entry = try #require(file.tensors["\(epochs)-epochs.learning_rates"])
    let schedule = CosineSchedule(first: 0.01, final: 0.0001, epochs: epochs)
    let ours = (1...epochs).map { Float(schedule(epoch: $0)) }
    let theirs: [Float] =
      entry.type == .f64 ? entry.elements(as: Double.self).map(Float.init) : entry.elements()
    #expect(ours == Array(theirs.prefix(epochs)))
  }
}
