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

/// The progress of all runs of a command, which are made one after the other.
package final class Progress {
  private enum Display {
    case bar, lines, none
  }

  private let display: Display
  /// The epochs of all runs.
  private let totalEpochs: Int
  private let runs: Int
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var lastDrawn: ContinuousClock.Instant?
  /// The images trained since `start`, for the rate.
  private var images = 0

  /// The name of the run, and its place where there are several.
  private var title = ""
  /// The number of the run, from 1.
  private var run = 0
  /// Its epochs.
  private var epochs = 0
  /// The epochs of the runs before it.
  private var epochsBefore = 0
  /// The epochs that other processes finished, which say nothing about the speed of this one.
  private var epochsElsewhere = 0.0

  /// - Parameters:
  ///   - style: The style.
  ///   - runs: The epochs of each run.
  package init(_ style: ProgressStyle, runs: [Int]) {
    display =
      switch style {
      case .auto: isatty(STDERR_FILENO) == 1 && !Self.isDumb ? .bar : .lines
      case .plain: .lines
      case .none: .none
      }
    totalEpochs = runs.reduce(0, +)
    self.runs = runs.count
    start = clock.now
  }

  /// Begins the next run.
  ///
  /// - Parameters:
  ///   - title: Its name.
  ///   - epochs: Its epochs.
  ///   - finished: The epochs that earlier processes finished; 2.5 for half of the third.
  func begin(_ title: String, epochs: Int, finished: Double) {
    run += 1
    self.title = title + (runs > 1 ? " (run \(run) of \(runs))" : "")
    self.epochs = epochs
    epochsElsewhere += finished
  }

  /// Ends the run, whether or not it made all of its epochs.
  func end() {
    clear()
    epochsBefore += epochs
    epochs = 0
  }

  /// Passes over a run that need not be made.
  func skip(epochs: Int) {
    begin("", epochs: epochs, finished: Double(epochs))
    end()
  }

  /// Reports a finished step: redraws the bar, at most five times per second.
  func step(
    _ step: Int, of steps: Int, epoch: Int, images count: Int, loss: Double
  ) {
    images += count
    guard display == .bar else { return }
    let now = clock.now
    if let lastDrawn, now - lastDrawn < .milliseconds(200), step < steps { return }
    lastDrawn = now
    let position = Double(epoch - 1) + Double(step) / Double(steps)
    draw(
      position,
      "epoch \(epoch)/\(epochs) step \(step)/\(steps) \(rate) images/s loss \(decimals(loss, 4)) "
        + "\(remaining(position)) left")
  }

  /// Reports that the training of an epoch is finished and its validation begins.
  func validation(of epoch: Int) {
    guard display == .bar else { return }
    draw(
      Double(epoch), "epoch \(epoch)/\(epochs) validating, \(remaining(Double(epoch))) left")
  }

  /// Reports a finished epoch: removes the bar, or prints a line in the style without one.
  func epoch(_ epoch: Int) {
    if display == .lines {
      write(
        "\(title): epoch \(epoch)/\(epochs), \(rate) images/s, "
          + "\(remaining(Double(epoch))) left\n")
    }
    clear()
  }

  /// Removes the bar, so that a line can be printed in its place.
  func clear() {
    if display == .bar { write("\r\u{1B}[K") }
  }

  /// Draws the bar over all runs, with the run at a position in epochs.
  private func draw(_ position: Double, _ text: String) {
    let fraction = (Double(epochsBefore) + position) / Double(totalEpochs)
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

  /// The time that all runs still need, with the current one at a position in epochs.
  private func remaining(_ position: Double) -> String {
    let finished = Double(epochsBefore) + position
    let own = finished - epochsElsewhere
    guard own > 0 else { return "?" }
    let rest = Int((seconds * (Double(totalEpochs) - finished) / own).rounded())
    let (hours, minutes) = (rest / 3600, rest / 60 % 60)
    return hours > 0
      ? "\(hours) h \(minutes) min" : minutes > 0 ? "\(minutes) min \(rest % 60) s" : "\(rest) s"
  }

  private func write(_ text: String) {
    Console.draw(text)
  }
}
