/// The sums of a convolution's gradients of weight and bias over a batch, block by block.
///
/// While the images of a block are added, its sums have the algorithm's rows for the weight, then one row
/// for the bias. A finished block is reduced to the rows of `Convolution.gradientOrder` before blocks are
/// added to each other.
struct WeightGradientSums: Sendable {
  private let convolution: Convolution
  private let algorithm: any ConvolutionAlgorithm
  private let blocks: Int
  private let tree: BlockTree
  /// The sums of the previous batch, if this one continues them.
  private let earlier: Storage?
  /// Whether no term will replace the undefined values of a block.
  private let isEmpty: Bool

  init(_ gradient: ConvolutionGradient, images: Int) {
    let plan = gradient.plan.direct
    (convolution, algorithm) = (plan.convolution, plan.algorithm)
    blocks = Reduction.blocks(of: images).count
    tree = BlockTree(blocks: blocks)
    // A batch of one block continues the sums of the previous batch unless a gradient has been read
    // since.
    let (weight, bias) = (gradient.weight.packedGradient, gradient.bias.packedGradient)
    earlier = blocks == 1 && weight?.sums === bias?.sums ? weight?.sums : nil
    isEmpty = gradient.output.tensor.shape.elements == 0
  }

  /// The elements in the sums of a block while its images are added.
  static func blockSize(
    of convolution: Convolution, _ algorithm: any ConvolutionAlgorithm
  ) -> Int {
    (algorithm.weightRows + 1) * roundedToGroup(convolution.outputChannels)
  }

  /// The sums of a block.
  struct Block {
    fileprivate let storage: Storage
    var rows: SumRows
  }

  /// Starts a block.
  func makeBlock() -> Block {
    let storage =
      earlier ?? Storage(count: Self.blockSize(of: convolution, algorithm))
    if isEmpty, earlier == nil { storage.elements.initialize(repeating: 0) }
    return Block(
      storage: storage,
      rows: SumRows(
        first: storage.pointer, stride: roundedToGroup(convolution.outputChannels),
        isEmpty: earlier == nil && !isEmpty))
  }

  /// Takes the sums of a finished block.
  func finish(_ sums: Block, block: Int) {
    guard blocks > 1 else { return tree.add(sums.storage, ofBlock: block) }
    let lanes = roundedToGroup(convolution.outputChannels)
    let reduced = Storage(count: (convolution.fanIn + 1) * lanes)
    algorithm.writeWeightGradient(sums.rows, to: reduced.pointer)
    (reduced.pointer + convolution.fanIn * lanes)
      .update(from: sums.rows.row(algorithm.weightRows), count: lanes)
    tree.add(reduced, ofBlock: block)
  }

  /// Hands the sums over all blocks to the parameters.
  func handOver(to weight: Parameter, _ bias: Parameter) {
    guard let total = tree.total() else { return }
    let (convolution, algorithm) = (convolution, algorithm)
    let lanes = roundedToGroup(convolution.outputChannels)
    let isReduced = blocks > 1
    let rows = SumRows(first: total.pointer, stride: lanes, isEmpty: false)
    weight.accumulate(
      Parameter.PackedGradient(sums: total) { target in
        if isReduced {
          target.update(from: rows.first, count: convolution.fanIn * lanes)
        } else {
          algorithm.writeWeightGradient(rows, to: target)
        }
      })
    let biasRow = rows.row(isReduced ? convolution.fanIn : algorithm.weightRows)
    bias.accumulate(
      Parameter.PackedGradient(sums: total) {
        $0.update(from: biasRow, count: convolution.outputChannels)
      })
  }
}

extension Convolution {
  /// The order of a weight's gradient that lets kernels sum neighboring outputs at once: (kernel height,
  /// kernel width, inputs, outputs rounded up to a multiple of 16).
  var gradientOrder: Parameter.GradientOrder {
    let lanes = roundedToGroup(outputChannels)
    return Parameter.GradientOrder(size: fanIn * lanes) { [self] packed, gradient in
      forEachWeight { output, position, index in
        gradient[index] += packed[position &* lanes &+ output]
      }
    }
  }
}
