/// Data and schedule in full, from a first contact to the notebook's own.
public enum Profile: String, CaseIterable, Sendable {
  /// Generated images at 64 px: under a minute, no network.
  case demo
  /// Imagenette at 128 px, 30 epochs.
  case quick
  /// The notebook's schedule at 128 px.
  case notebook128 = "notebook-128"
  /// Exactly the notebook: 224 px, 250 epochs.
  case notebook

  /// The height and width of the images that the network sees, in pixels.
  public var imageSize: Int {
    switch self {
    case .demo: 64
    case .quick, .notebook128: 128
    case .notebook: 224
    }
  }

  /// Passes over the data.
  public var epochs: Int {
    switch self {
    case .demo: 8
    case .quick: 30
    case .notebook128, .notebook: 250
    }
  }

  /// Images in a step.
  public var batchSize: Int {
    switch self {
    case .demo: 16
    case .quick, .notebook128, .notebook: 128
    }
  }

  /// The learning rate of the first epoch.
  public var learningRate: Double {
    switch self {
    // At the notebook's rate the first steps on such small batches often silence classes for good:
    // the ReLU behind the last convolution holds their logits at 0.
    case .demo: 0.0005
    case .quick, .notebook128, .notebook: 0.01
    }
  }

  /// One line for the help.
  public var summary: String {
    let schedule = "\(imageSize) px, \(epochs) epochs, batches of \(batchSize)"
    switch self {
    case .demo: return "generated images, \(schedule); under a minute a run"
    case .quick: return "Imagenette, \(schedule)"
    case .notebook128: return "Imagenette, \(schedule)"
    case .notebook: return "Imagenette, \(schedule): exactly the notebook"
    }
  }
}
