import NeuralNetwork

/// The images and labels of one training step.
package struct Batch: Sendable {
  /// The normalized images, shape (N, H, W, 3).
  package let images: Tensor
  /// N labels.
  package let labels: [Int]
  /// The indices of the samples in the data set.
  package let samples: [Int]
}
