import Support

/// max(x, 0), element by element (PyTorch's `ReLU`).
public final class ReLU: Layer {
  /// The activations: a gradient passes where they are above 0.
  private var output: Tensor?

  public init() {}

  public func outputShape(for input: Shape) -> Shape { input }

  public func forward(_ input: consuming Tensor, mode: Mode) -> Tensor {
    var output = input
    output.updateRows { row in
      for i in row.indices { row[i] = Self.apply(row[i]) }
    }
    self.output = mode.isTraining ? output : nil
    return output
  }

  public func backward(_ outputGradient: consuming Tensor) -> Tensor {
    guard let output else { preconditionFailure("backward follows forward in training mode") }
    self.output = nil
    var gradient = outputGradient
    Self.mask(&gradient, where: output, channels: 0..<output.shape.channels)
    return gradient
  }

  /// max(x, 0) that keeps NaN, as PyTorch's does.
  @inline(__always)
  package static func apply(_ x: Float) -> Float { x < 0 ? 0 : x }

  /// Sets some channels of a gradient to 0 where the activations are not above 0.
  ///
  /// The derivative at 0 is taken as 0, as PyTorch does; a NaN activation passes its gradient.
  package static func mask(_ gradient: inout Tensor, where output: Tensor, channels: Range<Int>) {
    let shape = gradient.shape
    precondition(shape == output.shape, "expected a gradient like \(output.shape), got \(shape)")
    precondition(channels.lowerBound >= 0 && channels.upperBound <= shape.channels)
    output.withElements { output in
      gradient.withMutableElements { gradient in
        guard let output = output.baseAddress, let gradient = gradient.baseAddress else { return }
        Parallel.forEach(shape.count * shape.height) { row in
          for pixel in row * shape.width..<(row + 1) * shape.width {
            let offset = pixel * shape.channels + channels.lowerBound
            let (y, dy) = (output + offset, gradient + offset)
            for c in 0..<channels.count { dy[c] = y[c] <= 0 ? 0 : dy[c] }
          }
        }
      }
    }
  }
}
