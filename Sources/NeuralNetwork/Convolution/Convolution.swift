/// The sizes of a two-dimensional convolution with square kernels.
package struct Convolution: Equatable, Sendable {
  /// Channels of the input.
  package var inputChannels: Int
  /// Channels of the output, one per kernel.
  package var outputChannels: Int
  /// Height and width of a kernel in pixels.
  package var kernelSize: Int
  /// The stride between windows, in pixels.
  package var stride: Int
  /// The rows and columns of zeros added to each side of the image, in pixels.
  package var padding: Int

  /// - Precondition: Channels, kernel size and stride are positive; the padding is smaller than the
  ///   kernel.
  package init(
    inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int = 1, padding: Int = 0
  ) {
    precondition(inputChannels >= 1 && outputChannels >= 1, "at least one channel")
    precondition(kernelSize >= 1 && stride >= 1, "sizes are positive")
    precondition((0..<kernelSize).contains(padding), "every window sees a pixel of the image")
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernelSize = kernelSize
    self.stride = stride
    self.padding = padding
  }

  /// The extents of the weight: (outputs, inputs, kernel height, kernel width).
  package var weightShape: [Int] { [outputChannels, inputChannels, kernelSize, kernelSize] }

  /// The positions of a kernel: its height times its width.
  var taps: Int { kernelSize * kernelSize }

  /// The number of products that are summed for one output.
  package var fanIn: Int { inputChannels * taps }

  /// (N, H', W', outputs) with H' = ⌊(H + 2 · padding − kernel) / stride⌋ + 1.
  ///
  /// H' or W' is 0 for an image smaller than the kernel.
  package func outputShape(for input: Shape) -> Shape {
    Shape(input.count, extent(input.height), extent(input.width), outputChannels)
  }

  private func extent(_ extent: Int) -> Int {
    let room = extent + 2 * padding - kernelSize
    return room < 0 ? 0 : room / stride + 1
  }

  /// Calls `body` for every weight with its output channel, its position in a window, which is in order
  /// (ky, kx, inputs), and its index in the weight, which is in order (outputs, inputs, ky, kx).
  func forEachWeight(_ body: (_ output: Int, _ position: Int, _ index: Int) -> Void) {
    var index = 0
    for output in 0..<outputChannels {
      for input in 0..<inputChannels {
        for tap in 0..<taps {
          body(output, tap * inputChannels + input, index)
          index += 1
        }
      }
    }
  }
}
