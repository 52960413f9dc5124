import Support

/// A learning rate that falls along half a cosine (PyTorch's `CosineAnnealingLR`, closed form).
///
/// Source: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2016,
/// arXiv:1608.03983.
package struct CosineSchedule: Equatable, Sendable {
  /// The rate of epoch 1.
  package let first: Double
  /// What the rate falls towards; an epoch after the last would have it.
  package let final: Double
  /// The length of the half cosine.
  package let epochs: Int

  /// - Precondition: There is at least one epoch.
  package init(first: Double, final: Double, epochs: Int) {
    precondition(epochs >= 1, "at least one epoch")
    self.first = first
    self.final = final
    self.epochs = epochs
  }

  /// The rate of an epoch, from 1: final + (first − final) (1 + cos(π t / epochs)) / 2 with
  /// t = epoch − 1.
  package func callAsFunction(epoch: Int) -> Double {
    let cosine = Elementary.sineAndCosine(.pi * Double(epoch - 1) / Double(epochs)).cosine
    return final + (first - final) * (1 + cosine) / 2
  }
}
