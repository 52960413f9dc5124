#!/usr/bin/env bash
#
# Trains demo networks one after another in a single process for a long time, and fails if its memory, open
# files or threads grow: `Tests/Faults/soak.sh [MINUTES] [FOLDER]`, 120 minutes
# and .build/soak unless given. Half of the time goes to networks with batch norm, half to those
# without. THREADS sets their number, 2 by default.
#
# The loop is a dropout sweep over more rates than the time allows: every training creates its own network,
# loader, checkpoints and record. FOLDER/samples.csv has the values sampled every few seconds; the last
# line of output is the verdict. The medians of the last quarter of the time are compared with those of the
# second; in the first quarter, buffers are still filling.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fail() {
  echo "soak: $1" >&2
  exit 1
}

# median NORM FIELD QUARTER: prints a field's median over a quarter of the time, counted from 1.
median() {
  awk -F , -v norm="$1" '$2 == norm' "$folder/samples.csv" | cut -d , -f "$2" |
    awk -v quarter="$3" '
      { value[NR] = $1 }
      END { for (i = int(NR * (quarter - 1) / 4) + 1; i <= NR * quarter / 4; i++) print value[i] }
    ' | sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

# compare NORM NAME FIELD PERCENT: fails if a field's median has grown by more than PERCENT from
# the second quarter of the time to the last.
compare() {
  local early late
  early=$(median "$1" "$3" 2) late=$(median "$1" "$3" 4)
  echo "soak: norm $1: $2: median $early in the second quarter, $late in the last"
  ((late * 100 <= early * (100 + $4))) || fail "norm $1: $2 grows; see $folder/samples.csv"
}

# soak NORM SECONDS: trains with or without batch norm.
soak() {
  local norm=$1 end=$((SECONDS + $2)) code=0 samples trainings rss descriptors threads
  "$folder/experiment-dropout" --profile demo --data-path "$folder/data" --norm "$norm" \
    --output-dir "$folder/$norm" --sweep "dropout=$rates" --seeds 0 --epochs 2 --threads "${THREADS:-2}" \
    --progress none >"$folder/$norm.log" 2>&1 &
  job=$!
  while ((SECONDS < end)) && kill -0 "$job" 2>/dev/null; do
    # The process may end between two of these.
    rss=$(awk '/^VmRSS/ { print $2 }' "/proc/$job/status" 2>/dev/null) || break
    descriptors=$(ls "/proc/$job/fd" 2>/dev/null | wc -l)
    threads=$(ls "/proc/$job/task" 2>/dev/null | wc -l)
    trainings=$(grep -c '^#Parameter' "$folder/$norm.log" || true)
    [[ -z $rss ]] || echo "$SECONDS,$norm,$trainings,$rss,$descriptors,$threads" \
      >>"$folder/samples.csv"
    sleep "$interval"
  done
  kill -INT "$job" 2>/dev/null || true
  wait "$job" || code=$?
  job=
  [[ $code == 130 || $code == 0 ]] || fail "norm $norm: exit code $code; see $folder/$norm.log"
  samples=$(awk -F , -v norm="$norm" '$2 == norm' "$folder/samples.csv" | wc -l)
  ((samples >= 16)) || fail "norm $norm: only $samples samples; see $folder/$norm.log"
  compare "$norm" "KiB of memory" 4 1
  compare "$norm" "open files" 5 0
  compare "$norm" "threads" 6 0
}

# A function, so that the shell has read all of the script before it starts.
main() {
  minutes=${1:-120}
  folder=${2:-.build/soak}
  job=
  [[ $minutes =~ ^[1-9][0-9]+$ ]] ||
    { echo "soak: expected at least 10 minutes, got '$minutes'" >&2; exit 64; }
  trap '[[ -z $job ]] || kill "$job"' EXIT
  rm -rf "$folder"
  mkdir -p "$folder"
  swift build -c release --quiet --product squeezenet >&2
  swift build -c release --quiet --product experiment-dropout >&2
  .build/release/squeezenet make-demo-data "$folder/data" >/dev/null
  # A copy that later builds do not replace.
  cp .build/release/experiment-dropout "$folder/"
  rates=$(seq --separator=, --format=%.4f 0 0.0001 0.4999)
  interval=$((minutes / 20 + 1))
  echo "seconds,norm,trainings,rss_kib,descriptors,threads" >"$folder/samples.csv"
  for norm in batch none; do soak "$norm" $((minutes * 30)); done
  echo "soak: passed, $(grep -c '^#Parameter' "$folder/batch.log") trainings with batch norm and" \
    "$(grep -c '^#Parameter' "$folder/none.log") without, memory, files and threads flat"
}

main "$@"
exit
