import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Turns SIGINT, SIGTERM and SIGHUP into a flag that a training checks between steps.
enum Interruption {
  private static let received = Atomic<Bool>(false)

  /// Whether one of the signals has been received.
  static var isRequested: Bool { received.load(ordering: .relaxed) }

  /// Installs the handlers. A second signal ends the process at once.
  ///
  /// Neither a closed pipe (SIGPIPE) nor, under `nohup`, a closed terminal (SIGHUP) ends a run.
  static func install() {
    signal(SIGPIPE, SIG_IGN)
    func address(_ handler: sighandler_t?) -> Int { unsafeBitCast(handler, to: Int.self) }
    let ignoresHangup = address(signal(SIGHUP, SIG_IGN)) == address(SIG_IGN)
    for number in [SIGINT, SIGTERM] + (ignoresHangup ? [] : [SIGHUP]) {
      signal(number) { number in
        Interruption.received.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
  }
}
