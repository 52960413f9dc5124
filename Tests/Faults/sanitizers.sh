#!/usr/bin/env bash
#
# All tests under the address sanitizer and under the thread sanitizer:
# `Tests/Faults/sanitizers.sh [address|thread]`, both unless one is named. Release builds of their own
# in .build/address and .build/thread, in which every tensor is a block of memory of its own and locks
# are the system's: others the sanitizers do not see.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

[[ $# -gt 0 ]] || set -- address thread
mkdir -p .build
for sanitizer in "$@"; do
  # What is found ends the process, so that no test hides it.
  case $sanitizer in
    address)
      # Foundation keeps 32 bytes of every other program that it has run.
      echo "leak:s10Foundation7ProcessC3run" >.build/leaks
      options=LSAN_OPTIONS=suppressions=$PWD/.build/leaks
      ;;
    thread)
      # The standard library writes the 0 elements of every empty array into one that all share.
      echo "race:_swiftEmptyArrayStorage" >.build/races
      options=TSAN_OPTIONS=halt_on_error=1:suppressions=$PWD/.build/races
      ;;
    *) echo "sanitizers: expected address or thread, got '$sanitizer'" >&2; exit 64 ;;
  esac
  echo "sanitizers: $sanitizer"
  env "$options" SWIFT_BACKTRACE=enable=no swift test -c release --disable-xctest \
    --sanitize "$sanitizer" --scratch-path ".build/$sanitizer" -Xswiftc -DSANITIZER
done
