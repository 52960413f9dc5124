import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// SIGINT, SIGTERM and SIGHUP as a question that a training asks between steps.
enum Interruption {
  private static let received = Atomic<Bool>(false)

  /// Whether one of the signals has come.
  static var isRequested: Bool { received.load(ordering: .relaxed) }

  /// Takes the signals over. A second one ends the process at once. A reader of the output that goes
  /// away (SIGPIPE) ends nothing, nor does a terminal that is closed (SIGHUP) under `nohup`.
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
