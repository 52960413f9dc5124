import Models
import NeuralNetwork
import Support
import TestSupport
import Testing

/// Whole networks against PyTorch's: logits, loss and the gradient of every parameter, and both
/// recipes for twenty steps.
@Suite("Networks against PyTorch")
struct NetworkParityTests {
  private typealias Configuration = SqueezeNet.Configuration

  /// A network with a fixture's weights, and the name of each parameter in the fixture.
  private struct Subject {
    let network: SqueezeNet
    /// PyTorch's parameters in its order.
    let names: [String]
    /// Our parameters by PyTorch's names.
    let parameters: [String: Parameter]

    init(
      _ configuration: SqueezeNet.Configuration, fixture: FixtureCase,
      engine: any ConvolutionEngine
    ) throws {
      network = SqueezeNet(configuration, engine: engine)
      names = try #require(fixture.metadata["parameters"]).split(separator: ",").map(String.init)
      let naming = try #require(StateNaming.detect(in: names))
      let ours = Dictionary(uniqueKeysWithValues: network.parameters.map { ($0.name, $0) })
      let pairs = try names.map { name in
        let ourName = try #require(naming.notebookName(of: name))
        return (name, try #require(ours[ourName], "\(name)"))
      }
      parameters = Dictionary(uniqueKeysWithValues: pairs)
      #expect(parameters.count == ours.count)
      let formula = NetworkFormula(metadata: fixture.metadata)
      for (name, parameter) in parameters {
        parameter.value = try formula.elements(name, shape: parameter.shape)
      }
      for buffer in network.buffers {
        guard case .numbers(let numbers) = buffer.contents else { continue }
        buffer.contents = .numbers(try formula.elements(buffer.name, shape: [numbers.count]))
      }
    }

    /// Checks one tensor per parameter: its length and its product with a vector made by formula may
    /// differ by `bound`, relative to the tensor's length.
    func expectParity(
      _ fixture: FixtureCase, _ field: String, bound: Double, tensor: (Parameter) -> [Float]
    ) throws {
      let norms = try fixture.entry("\(field)_norms.f64").elements(as: Double.self)
      let dots = try fixture.entry("\(field)_dots.f64").elements(as: Double.self)
      let largest = try #require(norms.max())
      #expect(norms.count == names.count && dots.count == names.count)
      for (index, name) in names.enumerated() {
        let elements = tensor(try #require(parameters[name])).map(Double.init)
        let norm = elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
        // A later normalization cancels these parameters, so their gradients are only rounding.
        guard norms[index] > largest * 1e-9 else {
          #expect(norm <= largest * 1e-4, "\(fixture.name)\(field) of \(name)")
          continue
        }
        let vector = NetworkFormula.uniform("dot.\(name)", count: elements.count)
        let dot = zip(elements, vector).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(
          abs(norm - norms[index]) <= bound * norms[index],
          "\(fixture.name)\(field), length of \(name)")
        #expect(
          abs(dot - dots[index]) <= bound * norms[index],
          "\(fixture.name)\(field), product of \(name)")
      }
    }
  }

  @Test(
    "Logits, loss and gradients of whole networks equal PyTorch's",
    arguments: [
      ("notebook-no-norm-none", Configuration(.notebook, .none, .none)),
      ("notebook-no-norm-simple", Configuration(.notebook, .simple, .none)),
      ("notebook-no-norm-complex", Configuration(.notebook, .complex, .none)),
      ("notebook-norm-none", Configuration(.notebook, .none, .batch)),
      ("notebook-norm-simple", Configuration(.notebook, .simple, .batch)),
      ("notebook-norm-complex", Configuration(.notebook, .complex, .batch)),
      ("torchvision-1_0", Configuration(.v1_0, .none, .none)),
      ("torchvision-1_1", Configuration(.v1_1, .none, .none)),
    ])
  func gradients(name: String, configuration: SqueezeNet.Configuration) throws {
    for engine in Fixtures.engines {
      for (height, width) in [(64, 64), (65, 67)] {
        let size = "\(height)x\(width)"
        let file = try Fixtures.whole("networks/\(name)")
        let fixture = FixtureCase(
          name: "\(size).", tensors: file.tensors, metadata: file.metadata)
        let subject = try Subject(configuration, fixture: fixture, engine: engine)
        let (images, labels) = NetworkFormula.batch(
          try #require(file.metadata[size]), first: 0, count: 2, height: height, width: width)

        let evaluated = subject.network.forward(images, mode: .evaluation)
        try fixture.expectParity(evaluated, "evaluation_logits", bound: 1e-5)

        let logits = subject.network.forward(images, mode: training(2))
        try fixture.expectParity(logits, "logits", bound: 1e-5)
        let loss = softmaxCrossEntropy(logits: logits, labels: labels)
        try fixture.expectParity([Float(loss.mean)], "loss", bound: 1e-5)
        subject.network.backward(loss.gradient)
        try subject.expectParity(fixture, "gradient", bound: 1e-4) { $0.gradient }
        for (name, parameter) in subject.parameters
        where fixture.tensors["\(size).gradient.\(name)"] != nil {
          try fixture.expectParity(parameter.gradient, "gradient.\(name)", bound: 1e-4)
        }
      }
    }
  }

  @Test(
    "Twenty training steps follow PyTorch's losses, gradient norms and weights",
    arguments: [("no-norm", Normalization.none), ("norm", .batch)])
  func training20(name: String, normalization: Normalization) throws {
    for engine in Fixtures.engines {
      let fixture = try Fixtures.whole("networks/training-\(name)")
      let subject = try Subject(
        SqueezeNet.Configuration(.notebook, .simple, normalization), fixture: fixture,
        engine: engine)
      for buffer in subject.network.buffers {
        guard case .numbers(let numbers) = buffer.contents else { continue }
        let start: Float = buffer.name.hasSuffix("running_var") ? 1 : 0
        buffer.contents = .numbers([Float](repeating: start, count: numbers.count))
      }
      let parameters = subject.network.parameters
      let start = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.value) })
      var optimizer = SGD(parameters, momentum: 0.9, weightDecay: 0)
      var (losses, norms) = ([Float](), [Float]())
      for step in 0..<20 {
        let (images, labels) = NetworkFormula.batch(
          "step.\(step)", first: 8 * step, count: 8, height: 64, width: 64)
        let logits = subject.network.forward(images, mode: training(8))
        let loss = softmaxCrossEntropy(logits: logits, labels: labels)
        for parameter in parameters { parameter.clearGradient() }
        subject.network.backward(loss.gradient)
        losses.append(Float(loss.mean))
        let limit = normalization == .none ? 1.0 : .infinity
        norms.append(Float(clipGradientNorm(of: parameters, to: limit)))
        optimizer.step(learningRate: 0.01)
      }
      try fixture.expectParity(losses, "losses", bound: 1e-5)
      try fixture.expectParity(norms, "gradient_norms", bound: 1e-4)
      for parameter in parameters where fixture.tensors["after.\(parameter.name)"] != nil {
        try fixture.expectParity(parameter.value, "after.\(parameter.name)", bound: 1e-4)
      }
      for buffer in subject.network.buffers {
        switch buffer.contents {
        case .numbers(let numbers):
          try fixture.expectParity(numbers, "after.\(buffer.name)", bound: 1e-4)
        case .count(let count):
          #expect(try fixture.integers("after.\(buffer.name)") == [Int(count)])
        }
      }
      // The change is a small part of the weights, so rounding is a larger part of it.
      try subject.expectParity(fixture, "change", bound: 1e-2) { parameter in
        zip(parameter.value, start[parameter.name] ?? []).map { $0 - $1 }
      }
    }
  }
}
