import Models
import NeuralNetwork
import Support
import Testing

/// An optimizer with state of both kinds, an array per parameter and a single number, to show that
/// nothing outside of an optimizer's file knows what it keeps.
private struct AveragedDescent: Optimizer {
  let parameters: [Parameter]
  var state: [[String: [Float]]]

  init(_ parameters: [Parameter]) {
    self.parameters = parameters
    state = parameters.map { _ in [:] }
  }

  func stateShapes(for parameter: Parameter) -> [String: [Int]] {
    ["average": parameter.shape, "step": []]
  }

  mutating func step(learningRate: Double) {
    for (index, parameter) in parameters.enumerated() {
      let count = (state[index]["step"]?[0] ?? 0) + 1
      let old = state[index]["average"] ?? parameter.gradient.map { _ in 0 }
      let average = zip(old, parameter.gradient).map { $0 + ($1 - $0) / count }
      parameter.value = zip(parameter.value, average).map { $0 - Float(learningRate) * $1 }
      state[index] = ["average": average, "step": [count]]
    }
  }
}

@Suite("Optimizer state")
struct OptimizerStateTests {
  private func parameters() -> [Parameter] {
    [Parameter("a", shape: [2, 2], repeating: 1), Parameter("b", shape: [3], repeating: 2)]
  }

  /// Two steps with different gradients.
  private func train(_ optimizer: inout any Optimizer, from start: Float) {
    for step in 0..<2 {
      for parameter in optimizer.parameters {
        parameter.gradient = parameter.value.indices.map { start + Float(step) + Float($0) / 4 }
      }
      optimizer.step(learningRate: 0.125)
    }
  }

  /// Trains four steps at once, or two and, from their file, two more with another optimizer.
  private func values(
    stopping: Bool, _ make: ([Parameter]) -> any Optimizer
  ) throws -> [[Float]] {
    let parameters = parameters()
    var optimizer = make(parameters)
    train(&optimizer, from: 1)
    if stopping {
      let bytes = SafeTensors(tensors: optimizer.stateTensors).encoded()
      var file = try SafeTensors(parsing: bytes, name: "file")
      optimizer = make(parameters)
      try optimizer.takeState(from: &file, path: "file")
      #expect(file.tensors.isEmpty)
    }
    train(&optimizer, from: -3)
    return parameters.map(\.value)
  }

  @Test("Training resumed from a file gives the same bits with any optimizer")
  func roundTrip() throws {
    let makers: [([Parameter]) -> any Optimizer] = [
      { SGD($0, momentum: 0.9, weightDecay: 0.01) }, { SGD($0, momentum: 0, weightDecay: 0) },
      { AveragedDescent($0) },
    ]
    for make in makers {
      #expect(try values(stopping: true, make) == values(stopping: false, make))
    }
  }

  @Test("Optimizer state has one name per parameter and array and leaves other tensors alone")
  func names() throws {
    var optimizer: any Optimizer = AveragedDescent(parameters())
    #expect(optimizer.stateTensors.isEmpty)
    #expect(optimizer.stateCount == 4 + 1 + 3 + 1)
    train(&optimizer, from: 0)
    #expect(
      optimizer.stateTensors.mapValues(\.shape) == [
        "optimizer.a.average": [2, 2], "optimizer.a.step": [],
        "optimizer.b.average": [3], "optimizer.b.step": [],
      ])
    var file = SafeTensors(tensors: optimizer.stateTensors)
    file.tensors["a"] = .init([1, 2] as [Float], shape: [2])
    try optimizer.takeState(from: &file, path: "file")
    #expect(Array(file.tensors.keys) == ["a"])
  }

  @Test("Optimizer state that is missing, misshapen, non-finite or unexpected is rejected")
  func refusals() throws {
    var optimizer: any Optimizer = AveragedDescent(parameters())
    train(&optimizer, from: 0)
    let changes: [(inout SafeTensors) -> Void] = [
      { $0.tensors["optimizer.a.step"] = nil },
      { $0.tensors["optimizer.a.step"] = .init([1] as [Float], shape: [1]) },
      { $0.tensors["optimizer.b.average"] = .init([1, .nan, 2] as [Float], shape: [3]) },
      { $0.tensors["optimizer.b.momentum_buffer"] = .init([1, 2, 3] as [Float], shape: [3]) },
    ]
    for change in changes {
      var file = SafeTensors(tensors: optimizer.stateTensors)
      change(&file)
      let failure = #expect(throws: Failure.self) {
        try optimizer.takeState(from: &file, path: "file")
      }
      #expect(failure?.code == .corrupt)
      #expect(failure?.description.hasPrefix("file: ") == true)
      #expect(failure?.description.contains("optimizer.") == true)
    }
  }
}
