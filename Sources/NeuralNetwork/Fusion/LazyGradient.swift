import CTarget
import Support

/// The gradient of a convolution's output, computed from the gradient of the activations after it.
///
/// The ReLU or batch norm after a convolution has an element-wise backward pass. It is applied where a
/// kernel reads the gradient, image by image in the processor's cache, so that the gradient of the
/// convolution's output never exists as a whole.
package struct LazyGradient {
  /// The backward pass of the layers between the convolution and those activations.
  package enum Operation {
    /// Nothing follows.
    case none
    /// A ReLU with the given results, of the gradient's shape: the gradient is 0 unless they are above 0.
    /// The derivative at 0 is taken as 0, as PyTorch does; a NaN activation passes its gradient.
    case relu(Tensor)
    /// Batch norm, with or without a ReLU.
    case affine(AffineGradient)
  }

  /// Shape (N, H', W', C).
  let tensor: Tensor
  /// The convolution's channels of `tensor`.
  let channels: Range<Int>
  private let operation: Operation

  /// The gradient in some channels of a tensor of shape (N, H, W, C).
  package init(_ tensor: Tensor, channels: Range<Int>, operation: Operation = .none) {
    let shape = tensor.shape
    precondition(channels.lowerBound >= 0 && channels.upperBound <= shape.channels)
    switch operation {
    case .none: break
    case .relu(let output):
      precondition(output.shape == shape, "expected a gradient like \(output.shape), got \(shape)")
    case .affine(let affine):
      precondition(
        affine.input.shape == shape, "expected a gradient like \(affine.input.shape), got \(shape)")
    }
    self.tensor = tensor
    self.channels = channels
    self.operation = operation
  }

  /// Computes the whole gradient, shape (N, H', W', outputs), for an engine that reads tensors.
  package func materialized() -> Tensor {
    let shape = tensor.shape
    if case .none = operation, channels == 0..<shape.channels { return tensor }
    var result = Tensor(
      uninitialized: Shape(shape.count, shape.height, shape.width, channels.count))
    result.withMutablePointer { target in
      withReader { reader in
        Parallel.forEachRange(of: shape.count * shape.pixels, size: 1024) { pixels in
          for pixel in pixels { reader.read(pixel, to: target + pixel * channels.count) }
        }
      }
    }
    return result
  }

  /// Calls `body` with a reader of the gradient.
  func withReader(_ body: (Reader) -> Void) {
    tensor.withPointer { gradient in
      let first = channels.lowerBound
      func read(_ operation: Reader.Operation) {
        body(
          Reader(
            gradient: gradient + first, stride: tensor.shape.channels, channels: channels.count,
            operation: operation))
      }
      switch operation {
      case .none: read(.none)
      case .relu(let output): output.withPointer { read(.relu($0 + first)) }
      case .affine(let affine):
        affine.input.withPointer { input in
          affine.coefficients.withPointer { coefficients in
            read(
              affine.appliesReLU
                ? .affineReLU(input + first, coefficients) : .affine(input + first, coefficients))
          }
        }
      }
    }
  }

  /// Calls `body` with a reader of each of several gradients.
  static func withReaders(_ gradients: [LazyGradient], _ body: ([Reader]) -> Void) {
    guard let first = gradients.first else { return body([]) }
    first.withReader { reader in
      withReaders(Array(gradients.dropFirst())) { body([reader] + $0) }
    }
  }

  /// Reads the gradient pixel by pixel.
  struct Reader: @unchecked Sendable {
    enum Operation {
      case none
      case relu(UnsafePointer<Float>)
      case affine(UnsafePointer<Float>, UnsafePointer<AffineGradient.Coefficients>)
      case affineReLU(UnsafePointer<Float>, UnsafePointer<AffineGradient.Coefficients>)
    }

    /// The convolution's first channel of the first pixel.
    fileprivate let gradient: UnsafePointer<Float>
    /// The stride between pixels of `gradient`, in elements.
    fileprivate let stride: Int
    fileprivate let channels: Int
    fileprivate let operation: Operation

    /// Writes a pixel, counted over the whole batch.
    @inline(__always)
    func read(_ pixel: Int, to target: UnsafeMutablePointer<Float>) {
      let offset = pixel &* stride
      let g = gradient + offset
      switch operation {
      case .none:
        forEachGroup { c, lanes in lanes.store(lanes.load(g + c), target + c) }
      case .relu(let output):
        let y = output + offset
        forEachGroup { c, lanes in
          let masked = masked16(lanes.load(g + c), lanes.load(y + c))
          lanes.store(masked, target + c)
        }
      case .affine(let input, let coefficients):
        let x = input + offset
        forEachGroup { c, lanes in
          lanes.store(
            coefficients[c >> 4].inputGradient(lanes.load(g + c), at: lanes.load(x + c)),
            target + c)
        }
      case .affineReLU(let input, let coefficients):
        let x = input + offset
        forEachGroup { c, lanes in
          let value = lanes.load(x + c)
          let gradient = coefficients[c >> 4].masked(lanes.load(g + c), at: value)
          lanes.store(coefficients[c >> 4].inputGradient(gradient, at: value), target + c)
        }
      }
    }

    /// Calls `body` for every group of 16 channels, of which the last may have fewer.
    @inline(__always)
    private func forEachGroup(_ body: (Int, PartialLanes) -> Void) {
      var c = 0
      while c &+ 16 <= channels {
        body(c, PartialLanes(count: 16))
        c &+= 16
      }
      if c < channels { body(c, PartialLanes(count: channels &- c)) }
    }
  }
}
