import Foundation
import Support

#if canImport(Glibc)
  import Glibc
#endif

/// How a run reports its progress on stderr.
package enum ProgressStyle: String, CaseIterable, Sendable {
  /// A bar on a terminal, one line per epoch elsewhere.
  case auto
  /// One line per epoch.
  case plain
  /// Nothing.
  case none
}

/// The progress of one run.
package struct Progress {
  private enum Display {
    case bar, lines, none
  }

  private let display: Display
  private let title: String
  private let epochs: Int
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var lastDrawn: ContinuousClock.Instant?
  /// The images trained since `start`, for the rate.
  private var images = 0
  /// The fraction of the run that earlier processes finished, 0...1.
  private let startFraction: Double

  /// - Parameters:
  ///   - style: The style.
  ///   - title: The name of the run.
  ///   - epochs: The epochs of the run.
  ///   - finished: The epochs that earlier processes finished; 2.5 for half of the third.
  init(_ style: ProgressStyle, title: String, epochs: Int, finished: Double) {
    startFraction = finished / Double(epochs)
    display =
      switch style {
      case .auto: isatty(STDERR_FILENO) == 1 && !Self.isDumb ? .bar : .lines
      case .plain: .lines
      case .none: .none
      }
    self.title = title
    self.epochs = epochs
    start = clock.now
  }

  /// Reports a finished step: redraws the bar, at most five times per second.
  mutating func step(
    _ step: Int, of steps: Int, epoch: Int, images count: Int, loss: Double
  ) {
    images += count
    guard display == .bar else { return }
    let now = clock.now
    if let lastDrawn, now - lastDrawn < .milliseconds(200), step < steps { return }
    lastDrawn = now
    let fraction = (Double(epoch - 1) + Double(step) / Double(steps)) / Double(epochs)
    draw(
      fraction,
      "epoch \(epoch)/\(epochs) step \(step)/\(steps) \(rate) images/s loss \(decimals(loss, 4)) "
        + "\(remaining(fraction)) left")
  }

  /// Reports that the training of an epoch is finished and its validation begins.
  func validation(of epoch: Int) {
    guard display == .bar else { return }
    let fraction = Double(epoch) / Double(epochs)
    draw(fraction, "epoch \(epoch)/\(epochs) validating, \(remaining(fraction)) left")
  }

  /// Reports a finished epoch: removes the bar, or prints a line in the style without one.
  func epoch(_ epoch: Int) {
    if display == .lines {
      write(
        "\(title): epoch \(epoch)/\(epochs), \(rate) images/s, "
          + "\(remaining(Double(epoch) / Double(epochs))) left\n")
    }
    clear()
  }

  /// Removes the bar, so that a line can be printed in its place.
  func clear() {
    if display == .bar { write("\r\u{1B}[K") }
  }

  private func draw(_ fraction: Double, _ text: String) {
    write("\r\u{1B}[K" + Self.line(title, fraction, text, columns: Self.columns))
  }

  /// Title, bar and text in at most `columns` columns. If there is too little room, first the bar
  /// is left out, then the end of the text.
  package static func line(
    _ title: String, _ fraction: Double, _ text: String, columns: Int
  ) -> String {
    let width = min(24, columns - title.count - text.count - 4)
    guard width >= 4 else { return String("\(title) \(text)".prefix(max(0, columns))) }
    let filled = Int((fraction * Double(width)).rounded(.down))
    let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled)
    return "\(title) [\(bar)] \(text)"
  }

  /// The columns of the terminal without the last one, in which some terminals already wrap.
  private static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 79 }
    return Int(size.ws_col) - 1
  }

  /// Whether the terminal cannot move its cursor.
  private static var isDumb: Bool { ProcessInfo.processInfo.environment["TERM"] == "dumb" }

  private var seconds: Double { (clock.now - start) / .seconds(1) }

  private var rate: String { decimals(Double(images) / max(seconds, 1e-9), 0) }

  private func remaining(_ fraction: Double) -> String {
    guard fraction > startFraction else { return "?" }
    let rest = Int((seconds * (1 - fraction) / (fraction - startFraction)).rounded())
    let (hours, minutes) = (rest / 3600, rest / 60 % 60)
    return hours > 0
      ? "\(hours) h \(minutes) min" : minutes > 0 ? "\(minutes) min \(rest % 60) s" : "\(rest) s"
  }

  private func write(_ text: String) {
    Console.draw(text)
  }
}
