import Support

/// Convolution as matrix products of the system's OpenBLAS.
///
/// A 1×1 convolution is one product of an image's pixels with the weights. Any other is cut into blocks
/// of output rows: the windows of a block are copied side by side into a matrix that stays in the
/// processor's cache (im2col) and multiplied there. Each image is computed by one thread, and OpenBLAS
/// held to one thread per call, so the shapes of all products, and with them the bits of the result,
/// depend only on the image's size.
///
/// The bits also depend on the family of kernels that OpenBLAS picks for the processor; see `family`.
package struct OpenBLASEngine: ConvolutionEngine {
  package let name = "openblas"

  private typealias Matrix = OpenBLASLibrary.Matrix

  private let library: OpenBLASLibrary

  /// An engine on the system's library, which is loaded at the first call.
  ///
  /// - Throws: `Failure` with code 66 if the library cannot be loaded.
  package init() throws {
    library = try OpenBLASLibrary.shared.get()
  }

  /// The family of kernels in use, `SkylakeX` or `Haswell` for example.
  package var family: String { library.family }

  /// The version and build options of the library.
  package var version: String { library.version }

  /// The engine keeps nothing from pass to pass.
  package func plan(for convolution: Convolution) -> any ConvolutionPlan {
    SizesOnly(convolution: convolution)
  }

  private struct SizesOnly: ConvolutionPlan {
    let convolution: Convolution
  }

  package func forward(
    _ convolutions: [ConvolutionOutput], input: LazyActivations, output: inout Tensor
  ) {
    let input = input.materialized()
    for convolution in convolutions { forward(convolution, input: input, output: &output) }
  }

  private func forward(_ result: ConvolutionOutput, input: Tensor, output: inout Tensor) {
    let (convolution, channels) = (result.plan.convolution, result.channels)
    checkExtents(convolution, input: input.shape, output: output.shape, channels: channels)
    let windows = WindowMatrix(convolution, input: input.shape)
    let (inputShape, outputShape) = (input.shape, output.shape)
    let packed = pack(result.weights.weight, convolution)
    let epilogue = Epilogue(sums: [result.moments].compactMap { $0 })
    input.withPointer { input in
      output.withMutablePointer { output in
        result.weights.bias.withPointer { bias in
          Reduction.forEachImage(of: outputShape.count) { image, block in
            let x = input + image * inputShape.imageSize
            let y = output + (channels.lowerBound + image * outputShape.imageSize)
            windows.forEachBlock { rows, memory in
              let values = Matrix(
                first: y + rows.lowerBound * outputShape.width * outputShape.channels,
                rows: rows.count * outputShape.width, columns: channels.count,
                stride: outputShape.channels)
              library.multiply(
                windows.gather(x, rows, into: memory), weights(packed, convolution), to: values)
              addBias(bias, appliesReLU: result.appliesReLU, to: values)
            }
            let first = image * outputShape.pixels
            epilogue.apply(
              to: first..<first + outputShape.pixels, ofBlock: block, of: output,
              shape: outputShape)
          }
        }
      }
    }
  }

  private func addBias(
    _ bias: UnsafePointer<Float>, appliesReLU: Bool,
    to values: Matrix<UnsafeMutablePointer<Float>>
  ) {
    for row in 0..<values.rows {
      let pixel = values.first + row * values.stride
      if appliesReLU {
        for c in 0..<values.columns { pixel[c] = ReLU.apply(pixel[c] + bias[c]) }
      } else {
        for c in 0..<values.columns { pixel[c] += bias[c] }
      }
    }
  }

  package func backward(
    _ convolutions: [ConvolutionGradient], input: LazyActivations, needsInputGradient: Bool,
    epilogue: Epilogue
  ) -> Tensor? {
    let input = input.materialized()
    var sum: Tensor?
    for convolution in convolutions {
      let gradient = backward(convolution, input: input, needsInputGradient: needsInputGradient)
      guard let gradient else { continue }
      if sum == nil { sum = gradient } else { sum?.add(gradient) }
    }
    return sum.map { epilogue.apply(to: $0) }
  }

  private func backward(
    _ gradient: ConvolutionGradient, input: Tensor, needsInputGradient: Bool
  ) -> Tensor? {
    let (convolution, weight, bias) = (gradient.plan.convolution, gradient.weight, gradient.bias)
    let outputGradient = gradient.output.materialized()
    let (inputShape, outputShape) = (input.shape, outputGradient.shape)
    checkExtents(
      convolution, input: inputShape, output: outputShape, channels: 0..<outputShape.channels)
    let windows = WindowMatrix(convolution, input: inputShape)
    let packed = pack(weight.value, convolution)
    let blocks = max(1, Reduction.blocks(of: inputShape.count).count)
    let channels = outputShape.channels
    let weightSize = convolution.fanIn * channels
    let weightSums = Storage(count: blocks * weightSize)
    weightSums.elements.initialize(repeating: 0)
    var biasSums = [Double](repeating: 0, count: blocks * channels)

    func run(_ inputGradient: UnsafeMutablePointer<Float>?) {
      input.withPointer { input in
        outputGradient.withPointer { gradient in
          biasSums.withMutablePointer { biasSums in
            Reduction.forEachImage(of: inputShape.count) { image, block in
              let x = input + image * inputShape.imageSize
              let dy = gradient + image * outputShape.imageSize
              let weightSum = Matrix(
                first: weightSums.pointer + block * weightSize, rows: convolution.fanIn,
                columns: channels, stride: channels)
              windows.forEachBlock { rows, memory in
                let dy = Matrix(
                  first: dy + rows.lowerBound * outputShape.width * channels,
                  rows: rows.count * outputShape.width, columns: channels, stride: channels)
                library.multiply(
                  windows.gather(x, rows, into: memory).transposed, dy, to: weightSum,
                  adds: true)
                guard let inputGradient else { return }
                let dx = inputGradient + image * inputShape.imageSize
                library.multiply(
                  dy, weights(packed, convolution).transposed,
                  to: windows.target(dx, rows, memory))
                windows.scatter(memory, rows, into: dx)
              }
              addColumnSums(dy, of: outputShape, to: biasSums + block * channels)
            }
          }
        }
      }
    }
    // Products of pixels write every element; products of windows are added up.
    var inputGradient =
      !needsInputGradient
      ? nil
      : windows.isPointwise
        ? Tensor(uninitialized: inputShape) : Tensor(repeating: 0, shape: inputShape)
    if needsInputGradient {
      inputGradient?.withMutablePointer { run($0) }
    } else {
      run(nil)
    }

    Reduction.combine(weightSums.pointer, count: blocks, size: weightSize)
    weight.addToGradient(unpacked(weightSums.pointer, convolution))
    biasSums.withMutablePointer { Reduction.combine($0, count: blocks, size: channels) }
    bias.addToGradient(biasSums[..<channels].map { Float($0) })
    return inputGradient
  }

  /// The input and the output's gradient may have to be materialized, the weights' gradients are summed
  /// in blocks, and each thread holds a block of windows.
  package func backwardMemory(
    _ convolutions: [Convolution], input: Shape, threads: Int
  ) -> BackwardMemory {
    let blocks = Reduction.blocks(of: input.count).count
    let largest = convolutions.map {
      $0.outputShape(for: input).elements + blocks * $0.fanIn * $0.outputChannels
    }.max()
    return BackwardMemory(
      kept: 0, passing: input.elements + (largest ?? 0) + threads * WindowMatrix.blockSize)
  }

  /// (outputs, inputs, ky, kx) → (ky, kx, inputs, outputs), the order of a window's numbers.
  private func pack(_ weight: [Float], _ convolution: Convolution) -> Storage {
    let packed = Storage(count: weight.count)
    convolution.forEachWeight { output, position, index in
      packed.pointer[position * convolution.outputChannels + output] = weight[index]
    }
    return packed
  }

  /// (ky, kx, inputs, outputs) → (outputs, inputs, ky, kx).
  private func unpacked(
    _ packed: UnsafeMutablePointer<Float>, _ convolution: Convolution
  ) -> [Float] {
    var weight = [Float](repeating: 0, count: convolution.outputChannels * convolution.fanIn)
    convolution.forEachWeight { output, position, index in
      weight[index] = packed[position * convolution.outputChannels + output]
    }
    return weight
  }

  private func weights(
    _ packed: Storage, _ convolution: Convolution
  ) -> Matrix<UnsafePointer<Float>> {
    Matrix(
      first: UnsafePointer(packed.pointer), rows: convolution.fanIn,
      columns: convolution.outputChannels, stride: convolution.outputChannels)
  }

  /// Adds each channel's sum over an image: a row in single, the rows in double precision.
  private func addColumnSums(
    _ image: UnsafePointer<Float>, of shape: Shape, to sums: UnsafeMutablePointer<Double>
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: shape.channels) { row in
      for y in 0..<shape.height {
        row.update(repeating: 0)
        for x in 0..<shape.width {
          let pixel = image + (y * shape.width + x) * shape.channels
          for c in 0..<shape.channels { row[c] += pixel[c] }
        }
        for c in 0..<shape.channels { sums[c] += Double(row[c]) }
      }
    }
  }
}
