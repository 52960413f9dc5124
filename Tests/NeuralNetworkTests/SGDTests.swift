import NeuralNetwork
import Testing

@Suite("Stochastic gradient descent")
struct SGDTests {
  @Test(
    "SGD's momentum buffer starts as the gradient, and the learning rate scales it when it is applied"
  )
  func momentum() {
    let parameter = Parameter("p", shape: [1], repeating: 1)
    var optimizer = SGD([parameter], momentum: 0.5, weightDecay: 0)
    parameter.gradient = [4]
    optimizer.step(learningRate: 0.25)
    #expect(parameter.value == [0])
    // The buffer is 0.5 · 4 + 2 = 4.
    parameter.gradient = [2]
    optimizer.step(learningRate: 0.5)
    #expect(parameter.value == [-2])
    #expect(optimizer.state == [["momentum_buffer": [4]]])
  }

  @Test("SGD applies weight decay before momentum")
  func weightDecay() {
    let parameter = Parameter("p", shape: [2], repeating: 8)
    var optimizer = SGD([parameter], momentum: 0.9, weightDecay: 0.25)
    optimizer.step(learningRate: 0.5)
    #expect(parameter.value == [7, 7])
  }

  @Test("SGD's declared state is its state after a step; without momentum there is none")
  func declaredState() {
    let parameters = [Parameter("a", shape: [2, 3]), Parameter("b", shape: [4])]
    for momentum in [0, 0.9] {
      var optimizer = SGD(parameters, momentum: momentum, weightDecay: 0)
      #expect(optimizer.state == [[:], [:]])
      optimizer.step(learningRate: 0.1)
      #expect(optimizer.stateCount == (momentum == 0 ? 0 : 10))
      #expect(optimizer.stateCount == optimizer.state.reduce(0) { $0 + $1.values.joined().count })
    }
  }
}
