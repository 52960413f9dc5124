import Foundation
import NeuralNetwork
import Testing

@Suite("Softmax cross entropy")
struct SoftmaxCrossEntropyTests {
  @Test("The cross entropy of equal logits is ln of the number of classes")
  func equalLogits() {
    let loss = softmaxCrossEntropy(
      logits: Tensor(repeating: 3, shape: Shape(2, 1, 1, 10)), labels: [0, 9])
    #expect(abs(loss.mean - log(10)) < 1e-15)
    #expect(loss.predictions == [0, 0])
    #expect(abs(loss.probabilities[1] - 0.1) < 1e-15)
  }

  @Test("The cross entropy's gradient is (softmax - one-hot) / batch size")
  func gradient() {
    let logits = Tensor(shape: Shape(2, 1, 1, 2), elements: [0, 0, 0, Float(log(3.0))])
    let loss = softmaxCrossEntropy(logits: logits, labels: [0, 1])
    for (got, expected) in zip(loss.gradient.elements, [-0.25, 0.25, 0.125, -0.125] as [Float]) {
      #expect(abs(got - expected) < 1e-7)
    }
    #expect(abs(loss.losses[1] - log(4.0 / 3)) < 1e-7)
  }

  @Test("Cross entropy handles logits of ±1000 without overflow")
  func largeLogits() {
    let logits = Tensor(shape: Shape(1, 1, 1, 3), elements: [1000, 0, -1000])
    #expect(softmaxCrossEntropy(logits: logits, labels: [0]).mean == 0)
    #expect(softmaxCrossEntropy(logits: logits, labels: [2]).mean == 2000)
  }

  @Test("A NaN logit gives a NaN loss")
  func notANumber() {
    let logits = Tensor(shape: Shape(1, 1, 1, 2), elements: [.nan, 0])
    #expect(softmaxCrossEntropy(logits: logits, labels: [1]).mean.isNaN)
  }
}
