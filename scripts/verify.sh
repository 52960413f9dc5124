#!/usr/bin/env bash
#
# Repeats the demo runs of a commit in a scratch folder and compares every deterministic byte:
# `scripts/verify.sh [REV [EXPERIMENT]]`, by default all experiments of HEAD. The code is that of the
# work tree.
#
# Exit codes: 0 equal, 1 different, 2 comparison impossible, 130 interrupted.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

revision=${1-HEAD}
only=${2-}
programs=$PWD/.build/release
profile=reports/demo

fail() {
  echo "verify: $1" >&2
  exit 2
}

git rev-parse --verify --quiet --end-of-options "$revision^{commit}" >/dev/null ||
  fail "$revision: no such revision"

# The experiments with committed results, sorted by name.
names=$(git ls-tree --name-only "$revision" -- "$profile/" | while IFS= read -r folder; do
  if git cat-file -e "$revision:./$folder/metrics.csv" 2>/dev/null ||
    git cat-file -e "$revision:./$folder/summary.csv" 2>/dev/null; then
    echo "${folder##*/}"
  fi
done)
[[ -n $names ]] || fail "$profile: no runs in $revision"
if [[ -n $only ]]; then
  grep --quiet --line-regexp --fixed-strings -e "$only" <<<"$names" ||
    fail "$profile/$only: no run in $revision; there are: ${names//$'\n'/ }"
  names=$only
fi

scratch=$(mktemp -d)
job=
trap 'rm -rf "$scratch"' EXIT
trap '[[ -z $job ]] || kill "$job" 2>/dev/null || true; wait; exit 130' INT TERM HUP

# SwiftPM notices a new folder of experiments/ only where the environment changes.
SQUEEZENET_EXPERIMENTS=${SQUEEZENET_EXPERIMENTS-$(ls experiments)}
export SQUEEZENET_EXPERIMENTS
build() {
  swift build -c release --quiet --product "$1" >&2 || fail "$1: cannot build"
}
build squeezenet

for name in $names; do
  # The runs of a sweep share their command: any record will do.
  record=$(git ls-tree -r --name-only "$revision" -- "$profile/$name/" |
    grep '/run\.json$' | head -n 1) || fail "$profile/$name: no run.json in $revision"
  command=$(git show "$revision:./$record" |
    sed -n 's/^  "command": "\(.*\)",\{0,1\}$/\1/p' | sed 's/\\\(["\\]\)/\1/g')
  case $command in
    "swift run -c release experiment-$name "*) ;;
    *) fail "$record: expected a command 'swift run -c release experiment-$name …', got '$command'" ;;
  esac
  build "experiment-$name"
  echo "verify: repeating $name" >&2
  # The record has the command's words quoted for a shell.
  eval "words=(${command#swift run -c release })"
  # In the background, so that a signal is handled before it ends.
  (
    cd "$scratch"
    exec "$programs/${words[0]}" "${words[@]:1}" --output-dir "$profile/$name" --resume never \
      --progress none >/dev/null
  ) &
  job=$!
  wait "$job" || fail "$name: cannot repeat '$command'"
  job=
done

"$programs/squeezenet" verify "$scratch" --base "$revision"
