#!/usr/bin/env bash
#
# A run that is killed, interrupted or out of disk space can be resumed to the bytes of an undisturbed
# run: `Tests/Faults/interruptions.sh`. Kills 30 runs at random times, interrupts one, and fills the disk
# of another during a checkpoint (skipped without permission to mount a tmpfs).

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

swift build -c release --quiet >&2
.build/release/squeezenet make-demo-data "$scratch/data" >/dev/null

# A short run with many checkpoints, so that a random time often hits the writing of one.
# An array and not a function, which would put a shell between `kill` and the program.
run=(.build/release/experiment-norm --profile demo --data-path "$scratch/data"
  --output-dir "$scratch/disk/run" --seed 0 --image-size 32 --epochs 12 --limit-train 64 --limit-val 20
  --dropout 0.5 --progress none)

# A run must leave exactly the reference's files with the same bytes, except for the volatile last part of
# the record.
compare() {
  diff <(cd "$scratch/reference" && ls -A) <(cd "$scratch/disk/run" && ls -A) ||
    fail "$1: other files"
  for file in metrics.csv predictions.csv model.safetensors best.safetensors; do
    cmp "$scratch/reference/$file" "$scratch/disk/run/$file" || fail "$1: $file differs"
  done
  cmp <(sed '/"volatile"/,/}/d' "$scratch/reference/run.json") \
    <(sed '/"volatile"/,/}/d' "$scratch/disk/run/run.json") || fail "$1: run.json differs"
  rm -r "$scratch/disk/run"
}

mkdir "$scratch/disk"
start=$(date +%s%N)
"${run[@]}" >/dev/null
duration=$((($(date +%s%N) - start) / 1000000))
mv "$scratch/disk/run" "$scratch/reference"

RANDOM=1
for attempt in $(seq 30); do
  pause=$((RANDOM * 32768 + RANDOM))
  pause=$((pause % duration))
  "${run[@]}" >/dev/null 2>&1 &
  job=$!
  sleep "$(printf '%d.%03d' $((pause / 1000)) $((pause % 1000)))"
  kill -KILL "$job" 2>/dev/null || true
  wait "$job" 2>/dev/null || true
  job=
  "${run[@]}" >/dev/null || fail "attempt $attempt: does not go on after SIGKILL at $pause ms"
  compare "attempt $attempt, SIGKILL at $pause ms"
  echo "interruptions: SIGKILL after $pause of $duration ms: the same bytes"
done

for signal in INT TERM HUP; do
  "${run[@]}" >/dev/null 2>"$scratch/complaint" &
  job=$!
  sleep "$(printf '%d.%03d' $((duration / 2000)) $((duration / 2 % 1000)))"
  kill -$signal "$job"
  status=0
  wait "$job" || status=$?
  job=
  [[ $status == 130 ]] || fail "SIG$signal: expected exit code 130, got $status"
  "${run[@]}" >/dev/null
  compare "SIG$signal"
  echo "interruptions: SIG$signal: exit code 130, then the same bytes"
done

# Room for one checkpoint and the weights of the best epoch, not for the temporary files of the next ones.
size=$(($(stat -c %s "$scratch/reference/model.safetensors") * 4))
if mount -t tmpfs -o "size=$size" tmpfs "$scratch/disk" 2>/dev/null; then
  mounted=$scratch/disk
  status=0
  "${run[@]}" >/dev/null 2>"$scratch/complaint" || status=$?
  [[ $status == 74 ]] || fail "disk full: expected exit code 74, got $status"
  [[ $(wc -l <"$scratch/complaint") == 1 ]] || fail "disk full: expected one line of complaint"
  [[ -s $scratch/disk/run/checkpoint.safetensors ]] || fail "disk full: the checkpoint is gone"
  mount -o remount,size=1g "$scratch/disk"
  "${run[@]}" >"$scratch/output"
  grep --quiet '^Epoch: 1/' "$scratch/output" && fail "disk full: did not go on from the checkpoint"
  compare "disk full"
  echo "interruptions: disk full during a checkpoint: exit code 74, then the same bytes"
else
  echo "interruptions: no permission to mount a tmpfs, skipping the full disk" >&2
fi

# TensorBoard events are not part of the results: without room for them, the run says so once and ends as
# if they had not been requested.
mkdir "$scratch/events"
if mount -t tmpfs -o size=4k tmpfs "$scratch/events" 2>/dev/null; then
  [[ -z $mounted ]] || umount "$mounted"
  mounted=$scratch/events
  "${run[@]}" --tensorboard "$scratch/events" >/dev/null 2>"$scratch/complaint" ||
    fail "no room for events: expected exit code 0, got $?"
  [[ $(wc -l <"$scratch/complaint") == 1 ]] || fail "no room for events: expected one complaint"
  compare "no room for events"
  echo "interruptions: no room for events: the same bytes"
fi
