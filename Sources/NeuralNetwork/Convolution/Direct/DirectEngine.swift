/// Convolution computed directly from the images, by kernels written for few channels.
///
/// The engine chooses an algorithm for each convolution, and runs it image by image: it pads images
/// with zeros in memory that stays in the processor's cache, cuts them into strips where every window
/// is a single pixel, and sums the gradients of the weights inside of the batch's blocks. Each image is
/// computed by one thread. All sums are chains of fused multiply-adds in an order that the shapes alone
/// decide, so the bits are the same on every processor, with any number of threads, and for an image's
/// outputs in any batch.
package struct DirectEngine: ConvolutionEngine {
  package let name = "direct"

  /// The algorithms in order of preference: the first that applies to a convolution computes it.
  private static let algorithms: [any ConvolutionAlgorithm.Type] = [
    WinogradConvolution.self,
    IndirectConvolution.self,
  ]

  /// Creates an engine. Engines have no state, so all of them are alike.
  package init() {}

  private static func algorithm(for convolution: Convolution) -> any ConvolutionAlgorithm {
    for type in algorithms {
      if let algorithm = type.init(convolution) { return algorithm }
    }
    preconditionFailure("an algorithm applies to \(convolution)")
  }

  package func plan(for convolution: Convolution) -> any ConvolutionPlan {
    DirectPlan(convolution, Self.algorithm(for: convolution))
  }

  package func forward(
    _ convolutions: [ConvolutionOutput], input: LazyActivations, output: inout Tensor
  ) {
    let (inputShape, shape) = (input.shape, output.shape)
    for convolution in convolutions {
      checkExtents(
        convolution.plan.convolution, input: inputShape, output: shape,
        channels: convolution.channels)
    }
    let strips = Strip.strips(of: inputShape, convolutions.map(\.plan.convolution))
    let passes = Strip.mapShapes(of: strips) { strip in
      convolutions.map { ForwardPass($0, input: strip, outputChannels: shape.channels) }
    }
    input.withReader { reader in
      output.withMutablePointer { output in
        Reduction.forEachBlock(of: shape.count) { block, images in
          let moments = convolutions.map { $0.moments?.sums(ofBlock: block) }
          for image in images {
            for (strip, passes) in zip(strips, passes) {
              let first = image * shape.pixels + strip.firstPixel
              for (pass, moments) in zip(passes, moments) {
                pass.run(
                  from: image * inputShape.pixels + strip.firstPixel, reader,
                  output: output + first * shape.channels, moments: moments)
              }
            }
          }
          for convolution in convolutions { convolution.moments?.complete(block: block) }
        }
      }
    }
  }

  package func backward(
    _ convolutions: [ConvolutionGradient], input: LazyActivations, needsInputGradient: Bool,
    epilogue: Epilogue
  ) -> Tensor? {
    for gradient in convolutions {
      checkExtents(
        gradient.plan.convolution, input: input.shape, output: gradient.output.tensor.shape,
        channels: gradient.output.channels)
    }
    let shape = input.shape
    let strips = Strip.strips(of: shape, convolutions.map(\.plan.convolution))
    let passes = Strip.mapShapes(of: strips) { strip in
      convolutions.enumerated().map { i, gradient in
        BackwardPass(
          gradient, input: strip, needsInputGradient: needsInputGradient, isFirst: i == 0)
      }
    }
    let sums = convolutions.map { WeightGradientSums($0, images: shape.count) }
    let gradientPixels = convolutions.first?.output.tensor.shape.pixels ?? 0
    // A small gradient is still in the cache when the next layer reads it.
    let isStreamed = shape.elements * MemoryLayout<Float>.size > 1 << 23
    func run(_ inputGradient: UnsafeMutablePointer<Float>?) {
      input.withReader { input in
        LazyGradient.withReaders(convolutions.map(\.output)) { gradients in
          Reduction.forEachBlock(of: shape.count) { block, images in
            var blockSums = sums.map { $0.makeBlock() }
            for image in images {
              for (strip, passes) in zip(strips, passes) {
                let first = image * shape.pixels + strip.firstPixel
                let padded = PaddedImage.gradients(
                  passes.map(\.gradientImage), from: image * gradientPixels + strip.firstPixel,
                  gradients)
                func run(_ inputGradient: UnsafeMutablePointer<Float>?) {
                  for (i, pass) in passes.enumerated() {
                    pass.run(
                      from: first, input, gradient: padded[i], sums: blockSums[i].rows,
                      inputGradient: inputGradient)
                    blockSums[i].rows.isEmpty = false
                  }
                }
                let pixels = first..<first + strip.shape.pixels
                switch inputGradient {
                case nil: run(nil)
                case let inputGradient? where isStreamed:
                  epilogue.stream(
                    pixels, ofBlock: block, to: inputGradient, shape: shape, write: run)
                case let inputGradient?:
                  run(inputGradient + first * shape.channels)
                  epilogue.apply(to: pixels, ofBlock: block, of: inputGradient, shape: shape)
                }
              }
            }
            for (sums, blockSums) in zip(sums, blockSums) { sums.finish(blockSums, block: block) }
          }
        }
      }
    }
    var inputGradient = needsInputGradient ? Tensor(uninitialized: shape) : nil
    if needsInputGradient {
      inputGradient?.withMutablePointer { run($0) }
    } else {
      run(nil)
    }
    for (sums, gradient) in zip(sums, convolutions) {
      sums.handOver(to: gradient.weight, gradient.bias)
    }
    return inputGradient
  }

  /// The sums of the gradients are kept until the gradients are read. While the pass runs, each thread
  /// holds the sums of a block, the largest padded strip of an image and the gradients of its outputs.
  package func backwardMemory(
    _ convolutions: [Convolution], input: Shape, threads: Int
  ) -> BackwardMemory {
    let blocks = Reduction.blocks(of: input.count).count
    let raw = convolutions.reduce(0) {
      $0 + WeightGradientSums.blockSize(of: $1, Self.algorithm(for: $1))
    }
    let reduced = convolutions.reduce(0) { $0 + ($1.fanIn + 1) * roundedToGroup($1.outputChannels) }
    let strip = Strip.strips(of: input, convolutions).first?.shape ?? Shape(1, 0, 0, 0)
    func padded(_ convolution: Convolution, _ channels: Int) -> Int {
      let border = 2 * convolution.padding
      return (strip.height + border) * (strip.width + border) * channels
    }
    let image = convolutions.map { padded($0, $0.inputChannels) }.max() ?? 0
    let gradients = convolutions.reduce(0) { $0 + padded($1, $1.outputChannels) }
    let passing = (image + gradients) * threads
    guard blocks > 1 else { return BackwardMemory(kept: raw, passing: passing) }
    let sums = BlockTree.mostSums(blocks: blocks, threads: threads) - 1
    return BackwardMemory(
      kept: reduced, passing: passing + min(threads, blocks) * raw + sums * reduced)
  }
}

extension ConvolutionPlan {
  /// The plan as the direct engine made it.
  var direct: DirectPlan {
    guard let plan = self as? DirectPlan else { preconditionFailure("a plan of another engine") }
    return plan
  }
}
