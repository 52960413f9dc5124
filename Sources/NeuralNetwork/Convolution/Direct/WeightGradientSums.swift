/// The sums of a convolution's gradients of weight and bias over a batch, block by block.
///
/// A block has the algorithm's rows for the weight, then one row for the bias.
struct WeightGradientSums: @unchecked Sendable {
  private let gradient: ConvolutionGradient
  private let algorithm: any ConvolutionAlgorithm
  private let blocks: [Range<Int>]
  private let storage: Storage
  /// Whether the sums continue an earlier batch's.
  private let isContinued: Bool

  init(_ gradient: ConvolutionGradient, images: Int) {
    let plan = gradient.plan.direct
    self.gradient = gradient
    algorithm = plan.algorithm
    blocks = Reduction.blocks(of: images)
    // A batch of one block continues the sums of the previous batch unless a gradient has been read
    // since.
    let (weight, bias) = (gradient.weight.packedGradient, gradient.bias.packedGradient)
    let earlier = blocks.count == 1 && weight?.sums === bias?.sums ? weight?.sums : nil
    isContinued = earlier != nil
    storage =
      earlier
      ?? Storage(count: max(1, blocks.count) * Self.blockSize(of: plan.convolution, algorithm))
    // Without pixels no term replaces the undefined values.
    if gradient.output.tensor.shape.elements == 0, !isContinued {
      storage.elements.initialize(repeating: 0)
    }
  }

  /// The elements in a block.
  static func blockSize(
    of convolution: Convolution, _ algorithm: any ConvolutionAlgorithm
  ) -> Int {
    (algorithm.weightRows + 1) * roundedToGroup(convolution.outputChannels)
  }

  /// The sums of a block before a strip of one of its images is added.
  func rows(ofBlock block: Int, image: Int, isFirstStrip: Bool) -> SumRows {
    rows(
      ofBlock: block,
      isEmpty: !isContinued && isFirstStrip && image == blocks[block].lowerBound)
  }

  private func rows(ofBlock block: Int, isEmpty: Bool = false) -> SumRows {
    let convolution = gradient.plan.convolution
    return SumRows(
      first: storage.pointer + block * Self.blockSize(of: convolution, algorithm),
      stride: roundedToGroup(convolution.outputChannels), isEmpty: isEmpty)
  }

  /// Combines the blocks and hands the sums to the parameters, which unpack them when their gradients
  /// are read.
  func finish() {
    let (convolution, algorithm) = (gradient.plan.convolution, algorithm)
    Reduction.combine(
      storage.pointer, count: blocks.count, size: Self.blockSize(of: convolution, algorithm))
    let rows = rows(ofBlock: 0)
    gradient.weight.accumulate(storage) { algorithm.addWeightGradient(rows, to: $0) }
    gradient.bias.accumulate(storage) { gradient in
      let sums = rows.row(algorithm.weightRows)
      for o in 0..<convolution.outputChannels { gradient[o] += sums[o] }
    }
  }
}
