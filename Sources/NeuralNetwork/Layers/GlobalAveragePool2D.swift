import Support

/// The mean of each channel over an image (PyTorch's `AdaptiveAvgPool2d` to 1×1).
package final class GlobalAveragePool2D: Layer {
  private var inputShape: Shape?

  /// Creates a pool for images of any size.
  package init() {}

  package func outputShape(for input: Shape) -> Shape { Shape(input.count, 1, 1, input.channels) }

  package func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations {
    let input = input.materialized()
    let shape = input.shape
    inputShape = mode.isTraining ? shape : nil
    let output = input.withPointer { input in
      Tensor(outputShape(for: shape)) { output in
        Parallel.forEach(shape.count) { n in
          withUnsafeTemporaryAllocation(of: Double.self, capacity: shape.channels) { sums in
            sums.initialize(repeating: 0)
            for pixel in 0..<shape.pixels {
              let values = input + n * shape.imageSize + pixel * shape.channels
              for c in 0..<shape.channels { sums[c] += Double(values[c]) }
            }
            for c in 0..<shape.channels {
              output[n * shape.channels + c] = Float(sums[c] / Double(shape.pixels))
            }
          }
        }
      }
    }
    return LazyActivations(output)
  }

  /// Distributes the gradient of each channel evenly over its pixels.
  package func backward(
    _ outputGradient: consuming Tensor, epilogue: Epilogue
  ) -> Tensor {
    guard let shape = inputShape else {
      preconditionFailure("backward follows forward in training mode")
    }
    inputShape = nil
    let outputGradient = outputGradient
    precondition(outputGradient.shape == outputShape(for: shape), "a gradient like the output")
    let inputGradient = outputGradient.withPointer { output in
      Tensor(shape) { input in
        Parallel.forEach(shape.count) { n in
          let gradient = output + n * shape.channels
          for pixel in 0..<shape.pixels {
            let target = input + n * shape.imageSize + pixel * shape.channels
            for c in 0..<shape.channels { target[c] = gradient[c] / Float(shape.pixels) }
          }
        }
      }
    }
    return epilogue.apply(to: inputGradient)
  }

  package func kind(for input: Shape) -> LayerKind {
    LayerKind("AdaptiveAvgPool2d", phrase: "average over the image")
  }

  package func memory(for input: Shape, threads: Int) -> LayerMemory {
    let output = outputShape(for: input).elements
    return LayerMemory(forward: [output], backward: [input.elements, -2 * output])
  }
}
