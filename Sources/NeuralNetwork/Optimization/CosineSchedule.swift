import Support

/// A learning rate that falls along half a cosine (the closed form of PyTorch's
/// `CosineAnnealingLR`).
///
/// Source: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2016,
/// arXiv:1608.03983.
package struct CosineSchedule: LearningRateSchedule, Equatable {
  /// The rate of the first epoch.
  package let first: Double
  /// The rate that an epoch after the last one would have.
  package let final: Double
  /// The number of epochs that half a cosine spans.
  package let epochs: Int

  /// - Precondition: `epochs` is at least 1.
  package init(first: Double, final: Double, epochs: Int) {
    precondition(epochs >= 1, "at least one epoch")
    self.first = first
    self.final = final
    self.epochs = epochs
  }

  /// The rate of an epoch: final + (first − final) (1 + cos(π t / epochs)) / 2 with t = epoch − 1.
  package func callAsFunction(epoch: Int) -> Double {
    let cosine = Elementary.sineAndCosine(.pi * Double(epoch - 1) / Double(epochs)).cosine
    return final + (first - final) * (1 + cosine) / 2
  }
}
