import Support
import Testing
import Training

@Suite("Memory estimate")
struct MemoryEstimateTests {
  @Test("The memory estimate is the sum of images, activations and the program")
  func total() throws {
    let estimate = try MemoryEstimate(Settings(), images: 2_000_000_000)
    #expect(estimate.total == 2_000_000_000 + estimate.activations + estimate.program)
    #expect(estimate.description.hasPrefix("2.1"))
    #expect(estimate.description.contains(" GB: images 2.00, activations 0."))
    #expect(
      try MemoryEstimate(Settings(), images: nil).description.contains("images not there yet"))
  }

  @Test("The state of the optimizer counts, in memory and in a checkpoint while it is written")
  func optimizer() throws {
    var settings = Settings()
    let momentum = try MemoryEstimate(settings, images: nil)
    settings.recipe.momentum = 0
    let none = try MemoryEstimate(settings, images: nil)
    #expect(momentum.program - none.program == (1 + 3) * 727_626 * 4)
    #expect(momentum.activations == none.activations)
  }

  @Test("A run that needs more memory than the machine has is rejected before anything is read")
  func tooMuch() throws {
    try MemoryEstimate(Settings(), images: 1_000).check()
    let failure = #expect(throws: Failure.self) {
      try MemoryEstimate(Settings(), images: 1 << 60).check()
    }
    #expect(failure?.code == .inputOutput)
    #expect(failure?.description.contains("GB of memory") == true)
    #expect(failure?.description.contains("--limit-train") == true)
  }
}
