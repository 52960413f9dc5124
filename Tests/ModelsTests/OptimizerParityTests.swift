import Models
import NeuralNetwork
import TestSupport
import Testing

/// The optimizer and gradient clipping against PyTorch's. Each step rounds a few times.
@Suite("Optimizer against PyTorch")
struct OptimizerParityTests {
  @Test("SGD with momentum, weight decay and a changing learning rate equals PyTorch's")
  func descent() throws {
    for fixture in try Fixtures.cases("optimizer/sgd", having: "learning_rates") {
      let parameters = try (0..<3).map { index in
        let start = try fixture.entry("\(index).start")
        let parameter = Parameter("\(index)", shape: start.shape)
        parameter.value = start.elements()
        return parameter
      }
      var optimizer = SGD(
        parameters, momentum: try fixture.number("momentum"),
        weightDecay: try fixture.number("weight_decay"))
      let rates = try fixture.entry("learning_rates").elements(as: Double.self)
      for (step, rate) in rates.enumerated() {
        for (index, parameter) in parameters.enumerated() {
          parameter.gradient = try fixture.floats("\(index).gradient.\(step)")
        }
        optimizer.step(learningRate: rate)
        for (index, parameter) in parameters.enumerated() {
          try fixture.expectParity(parameter.value, "\(index).after.\(step)", bound: 2e-7)
          try fixture.expectParity(
            optimizer.state[index]["momentum_buffer"] ?? [], "\(index).velocity.\(step)",
            bound: 2e-7)
        }
      }
    }
  }

  @Test(
    "The cosine schedule equals PyTorch's CosineAnnealingLR in single precision",
    arguments: [10, 250])
  func cosine(epochs: Int) throws {
    let fixture = try Fixtures.whole("optimizer/cosine")
    let entry = try fixture.entry("\(epochs)-epochs.learning_rates")
    let schedule = CosineSchedule(first: 0.01, final: 0.0001, epochs: epochs)
    let ours = (1...epochs).map { Float(schedule(epoch: $0)) }
    let theirs: [Float] =
      entry.type == .f64 ? entry.elements(as: Double.self).map(Float.init) : entry.elements()
    #expect(ours == Array(theirs.prefix(epochs)))
  }

  @Test(
    "Gradient clipping equals PyTorch's, including a norm at the limit, zeros, infinities and NaN")
  func clipping() throws {
    for fixture in try Fixtures.cases("optimizer/clip", having: "limit") {
      let prefix = fixture.name
      let fields = fixture.tensors.keys.filter {
        $0.hasPrefix(prefix) && $0.hasSuffix(".gradient")
      }
      let parameters = try (0..<fields.count).map { index in
        let gradient = try fixture.entry("\(index).gradient")
        let parameter = Parameter("\(index)", shape: gradient.shape)
        parameter.gradient = gradient.elements()
        return parameter
      }
      let norm = clipGradientNorm(of: parameters, to: try fixture.number("limit"))
      let isFinite = try fixture.number("norm").isFinite
      if isFinite {
        try fixture.expectParity([Float(norm)], "norm", bound: 2e-7)
      } else {
        #expect(norm.isNaN == (try fixture.number("norm")).isNaN)
        #expect(norm.isInfinite == (try fixture.number("norm")).isInfinite)
      }
      for (index, parameter) in parameters.enumerated() {
        if isFinite {
          try fixture.expectParity(parameter.gradient, "\(index).clipped", bound: 2e-7)
        } else {
          let theirs = try fixture.floats("\(index).clipped")
          #expect(
            zip(parameter.gradient, theirs).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN },
            "\(prefix)\(index)")
        }
      }
    }
  }
}
