#!/usr/bin/env bash
#
# All tests under the address sanitizer and under the thread sanitizer:
# `Tests/Faults/sanitizers.sh [address|thread]`, both unless one is named. Release builds of their own
# in .build/address and .build/thread; in those of the address sanitizer every tensor is a block of
# memory of its own.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

[[ $# -gt 0 ]] || set -- address thread
for sanitizer in "$@"; do
  # What is found ends the process, so that no test hides it.
  case $sanitizer in
    address)
      # Foundation keeps 32 bytes of every other program that it has run.
      mkdir -p .build
      echo "leak:s10Foundation7ProcessC3run" >.build/leaks
      flags=(-Xswiftc -DSANITIZER) options=LSAN_OPTIONS=suppressions=$PWD/.build/leaks
      ;;
    thread) flags=() options=TSAN_OPTIONS=halt_on_error=1 ;;
    *) echo "sanitizers: expected address or thread, got '$sanitizer'" >&2; exit 64 ;;
  esac
  echo "sanitizers: $sanitizer"
  env "$options" SWIFT_BACKTRACE=enable=no swift test -c release --disable-xctest \
    --sanitize "$sanitizer" --scratch-path ".build/$sanitizer" "${flags[@]}"
done
