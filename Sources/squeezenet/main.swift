import Models
import NeuralNetwork
import Support

let args = CommandLine.arguments
let size = Int(args[1])!, batch = Int(args[2])!
var configuration = SqueezeNet.Configuration()
configuration.normalization = args[3] == "batch" ? .batch : .none
let net = SqueezeNet(configuration, engine: OpenBLASEngine())
net.initialize(seed: 1)
print(net.parameterCount, OpenBLASEngine.family, OpenBLASEngine.version)
var stream = RandomStream(seed: 3, purpose: .shuffle)
let x = Tensor(shape: Shape(batch, size, size, 3), elements: (0..<batch*size*size*3).map { _ in Float(stream.uniform() * 4 - 2) })
let labels = (0..<batch).map { $0 % 10 }
var sgd = SGD(net.parameters, momentum: 0.9, weightDecay: 0)
let clock = ContinuousClock()
for i in 0..<4 {
  let t = clock.measure {
    let mode = Mode.training(Draws(seed: 1, epoch: 1, samples: Array(0..<batch)))
    let a = clock.now
    let logits = net.forward(x, mode: mode)
    let b = clock.now
    let loss = softmaxCrossEntropy(logits: logits, labels: labels)
    net.backward(loss.gradient)
    let c = clock.now
    let norm = clipGradientNorm(of: net.parameters, to: 1)
    sgd.step(learningRate: 0.01)
    print(i, loss.mean, norm, "forward", b - a, "backward", c - b, "update", clock.now - c)
  }
  print("images/s", Double(batch) / (Double(t.components.seconds) + Double(t.components.attoseconds) * 1e-18))
}
let t = clock.measure { _ = net.forward(x, mode: .evaluation) }
print("eval", t)
