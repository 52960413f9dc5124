#!/usr/bin/env bash
#
# Repeats the demo runs of a commit in a scratch folder and compares every deterministic byte:
# `scripts/verify.sh [REV [EXPERIMENT]]`, by default all experiments of HEAD. With SEEDS=0 in the
# environment only runs with seed 0 are repeated, with SEEDS=0,1 those with one of these. The code is that
# of the work tree.
#
# Exit codes: 0 equal, 1 different, 2 comparison impossible, 130 interrupted.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

revision=${1-HEAD}
only=${2-}
seeds=${SEEDS-}
programs=$PWD/.build/release
profile=reports/demo

fail() {
  echo "verify: $1" >&2
  exit 2
}

git rev-parse --verify --quiet --end-of-options "$revision^{commit}" >/dev/null ||
  fail "$revision: no such revision"
[[ $seeds =~ ^([0-9]+(,[0-9]+)*)?$ ]] || fail "SEEDS: expected whole numbers as 0,1, got '$seeds'"

# The folders of the committed runs, sorted.
folders=$(git ls-tree -r --name-only "$revision" -- "$profile/" |
  sed -n 's|/run\.json$||p' | grep '/seed-[0-9]*$') || fail "$profile: no runs in $revision"
if [[ -n $only ]]; then
  names=$(cut -d / -f 3 <<<"$folders" | uniq)
  folders=$(awk -F / -v only="$only" '$3 == only' <<<"$folders")
  [[ -n $folders ]] ||
    fail "$profile/$only: no run in $revision; there are: ${names//$'\n'/ }"
fi
if [[ -n $seeds ]]; then
  folders=$(grep -E "/seed-(${seeds//,/|})$" <<<"$folders") ||
    fail "$profile: no run with seed ${seeds//,/ or } in $revision"
fi

scratch=$(mktemp -d)
job=
trap 'rm -rf "$scratch"' EXIT
trap '[[ -z $job ]] || kill "$job" 2>/dev/null || true; wait; exit 130' INT TERM HUP

# SwiftPM notices a new folder of experiments/ only where the environment changes.
SQUEEZENET_EXPERIMENTS=${SQUEEZENET_EXPERIMENTS-$(ls experiments)}
export SQUEEZENET_EXPERIMENTS
declare -A built
build() {
  [[ -z ${built[$1]-} ]] || return 0
  swift build -c release --quiet --product "$1" >&2 || fail "$1: cannot build"
  built[$1]=yes
}
build squeezenet

for folder in $folders; do
  name=$(cut -d / -f 3 <<<"$folder")
  record=$folder/run.json
  command=$(git show "$revision:./$record" |
    sed -n 's/^  "command": "\(.*\)",\{0,1\}$/\1/p' | sed 's/\\\(["\\]\)/\1/g')
  # The words are quoted as for a shell, but another commit's record is data: no shell reads them.
  mapfile -d '' -t words < <(xargs printf '%s\0' <<<"$command" 2>/dev/null)
  [[ ${words[*]:0:5} == "swift run -c release experiment-$name" && " ${words[*]} " == *" --seed "* ]] ||
    fail "$record: expected a command 'swift run -c release experiment-$name … --seed N', got '$command'"
  for word in "${words[@]:5}"; do
    case $word in
      --save-weights* | --tensorboard* | --output-dir* | --replace* | -h | --help* | --version*)
        fail "$record: expected options that decide numbers, got $word"
        ;;
    esac
  done
  build "experiment-$name"
  echo "verify: repeating ${folder#"$profile"/}" >&2
  # In the background, so that a signal is handled before it ends.
  (
    cd "$scratch"
    exec "$programs/experiment-$name" "${words[@]:5}" --output-dir "$folder" --resume never \
      --progress none >/dev/null
  ) &
  job=$!
  status=0
  wait "$job" || status=$?
  job=
  # A training that diverged has files, too.
  ((status == 0 || status == 3)) || fail "$folder: cannot repeat '$command'"
done

"$programs/squeezenet" verify "$scratch" --base "$revision"
