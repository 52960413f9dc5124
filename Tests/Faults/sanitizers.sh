#!/usr/bin/env bash
#
# All tests under the address sanitizer and under the thread sanitizer:
# `Tests/Faults/sanitizers.sh [address|thread]`, both unless one is named. Uses separate
# release builds in .build/address and .build/thread, in which every tensor is its own allocation and locks
# are the system's; the sanitizers do not see others.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

[[ $# -gt 0 ]] || set -- address thread
mkdir -p .build
for sanitizer in "$@"; do
  # A finding ends the process, so that no test can hide it.
  case $sanitizer in
    address)
      # Foundation leaks 32 bytes per program it runs.
      echo "leak:s10Foundation7ProcessC3run" >.build/leaks
      options=LSAN_OPTIONS=suppressions=$PWD/.build/leaks
      ;;
    thread)
      # The standard library writes a 0 into the storage that all empty arrays share.
      echo "race:_swiftEmptyArrayStorage" >.build/races
      options=TSAN_OPTIONS=halt_on_error=1:suppressions=$PWD/.build/races
      ;;
    *) echo "sanitizers: expected address or thread, got '$sanitizer'" >&2; exit 64 ;;
  esac
  echo "sanitizers: $sanitizer"
  env "$options" SWIFT_BACKTRACE=enable=no swift test -c release --disable-xctest \
    --sanitize "$sanitizer" --scratch-path ".build/$sanitizer" -Xswiftc -DSANITIZER
done
