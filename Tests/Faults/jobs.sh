#!/usr/bin/env bash
#
# The runs of an experiment are independent jobs: `Tests/Faults/jobs.sh`. One process after the other,
# several at a time and programs side by side give the same bytes. If one is killed at any time, the same
# command makes what is missing and nothing else. What is finished is neither repeated nor lost.

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

swift build -c release --quiet >&2
bin=$PWD/.build/release
"$bin/squeezenet" make-demo-data "$scratch/data" >/dev/null
tiny=(--profile demo --image-size 32 --limit-train 64 --limit-val 20)
options=("${tiny[@]}" --data-path "$scratch/data" --sweep dropout=0,0.5 --seeds 0,1)
epochs=6

# package NAME: makes a package that `weave` can write the report of.
package() {
  mkdir -p "$scratch/$1/reports/demo" "$scratch/$1/experiments/dropout"
  cp -r reports/{plots,reference,measurements,introduction.md} "$scratch/$1/reports/"
  echo 'import Training' >"$scratch/$1/experiments/dropout/main.swift"
}
# results NAME: the folder of the experiment's runs.
results() { echo "$scratch/$1/reports/demo/dropout"; }
# one_by_one NAME OPTION…, jobs NAME OPTION…: both replace the shell, so that signals reach them.
one_by_one() {
  exec "$bin/experiment-dropout" "${options[@]}" --epochs $epochs --output-dir "$(results "$1")" \
    --progress none "${@:2}"
}
jobs() {
  exec scripts/run-jobs.sh "$bin/experiment-dropout" 2 "${options[@]}" --epochs $epochs \
    --output-dir "$(results "$1")" "${@:2}"
}

# digest FOLDER: the hash of each file, of records without what is volatile.
digest() {
  (cd "$1" && find . -type f ! -name .lock | LC_ALL=C sort | while IFS= read -r file; do
    echo "$file $(sed '/"volatile"/,/}/d' "$file" | sha256sum)"
  done)
}
# same LABEL NAME: the experiment's files must be those of the reference.
same() {
  diff <(digest "$(results reference)") <(digest "$(results "$2")") || fail "$1: other files"
}
# stamps NAME: the identity and time of each file.
stamps() { find "$(results "$1")" -type f ! -name .lock -printf '%p %i %T@\n' | LC_ALL=C sort; }
# refused CODE PART COMMAND…: one line with a part of it, and the code.
refused() {
  local code=0
  ("${@:3}") >"$scratch/output" 2>"$scratch/complaint" || code=$?
  [[ $code == "$1" && $(grep -vc ': profile demo' "$scratch/complaint") == 1 ]] ||
    fail "expected exit code $1 and one line, got $code: $(cat "$scratch/complaint")"
  grep --quiet --fixed-strings -e "$2" "$scratch/complaint" ||
    fail "expected '$2': $(cat "$scratch/complaint")"
}

# ---- The same bytes ----

for name in reference jobs; do package $name; done
start=$(date +%s%N)
(one_by_one reference) >"$scratch/output"
duration=$((($(date +%s%N) - start) / 1000000))
tail -n 2 "$scratch/output" >"$scratch/means"
grep --quiet '^dropout 0.5: 0\.[0-9]* ± 0\.[0-9]* (n = 2)$' "$scratch/means" || fail "no means"

(jobs jobs) >"$scratch/output" 2>"$scratch/complaint" || fail "JOBS=2: $(cat "$scratch/complaint")"
same JOBS=2 jobs
cmp <(tail -n 2 "$scratch/output") "$scratch/means" || fail "JOBS=2: other means"
[[ $(grep -c '^dropout-0.5 seed 1: Epoch: ' "$scratch/output") == 6 ]] || fail "JOBS=2: no lines"
grep --quiet '^dropout: 4 of 4 runs, 0 s left$' "$scratch/complaint" || fail "JOBS=2: no progress"
for name in reference jobs; do
  (cd "$scratch/$name" && "$bin/squeezenet" weave >/dev/null) || fail "$name: no report"
  for file in runs.csv summary.csv; do [[ -s $(results $name)/$file ]] || fail "no $file"; done
done
same "weave after JOBS=2" jobs
echo "jobs: two at a time: the same bytes, runs.csv and summary.csv too"

# Two programs side by side, as `make -j2` starts them, where the generated images are missing.
mkdir "$scratch/fresh"
cd "$scratch/fresh"
pids=()
for name in dropout norm; do
  more=()
  [[ $name == norm ]] || more=(--sweep dropout=0,0.5)
  "$bin/experiment-$name" "${tiny[@]}" --epochs $epochs --seeds 0,1 "${more[@]}" --progress none >/dev/null &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || fail "side by side: exit code $?"; done
[[ $(ls data) == demo ]] || fail "side by side: left in data/: $(ls data)"
cd "$OLDPWD"
for run in dropout-{0,0.5}/seed-{0,1}; do
  for file in metrics.csv predictions.csv model.safetensors; do
    cmp "$(results reference)/$run/$file" "$scratch/fresh/reports/demo/dropout/$run/$file" ||
      fail "side by side: $run/$file differs"
  done
done
for seed in 0 1; do
  cmp "$scratch/fresh/reports/demo/"{norm,dropout/dropout-0}/seed-$seed/metrics.csv ||
    fail "side by side: norm is not dropout 0"
done
echo "jobs: two programs at once on missing images: the same bytes"

# ---- Finished runs ----

before=$(stamps reference)
start=$(date +%s%N)
(one_by_one reference) >"$scratch/output"
(jobs reference) >"$scratch/jobs-output" 2>/dev/null
elapsed=$((($(date +%s%N) - start) / 1000000))
[[ $before == "$(stamps reference)" ]] || fail "the same command has written something"
cmp "$scratch/output" "$scratch/means" && cmp "$scratch/jobs-output" "$scratch/means" ||
  fail "the same command: other means"
((elapsed < 8000)) || fail "the same command: $elapsed ms for 8 finished runs"
echo "jobs: the same command again: nothing written, $((elapsed / 8)) ms a run"

before=$(stamps reference)
digest "$scratch/reference" >"$scratch/before"
epochs=5
for way in one_by_one jobs; do
  refused 73 "epochs is 6 there, 5 here; --replace" $way reference
  refused 73 "epochs is 6 there, 5 here; --replace" $way reference --rerun
done
"$bin/experiment-dropout" "${options[@]}" --epochs 5 --output-dir "$(results reference)" \
  --list-runs >"$scratch/output"
[[ $(grep -c '  another run: epochs is 6 there, 5 here$' "$scratch/output") == 4 ]] ||
  fail "--list-runs: $(cat "$scratch/output")"
[[ $before == "$(stamps reference)" ]] || fail "a refused command has written something"
digest "$scratch/reference" | cmp - "$scratch/before" || fail "a refused command has changed bytes"
echo "jobs: other epochs: refused, nothing touched"

(jobs jobs --replace) >/dev/null 2>&1 || fail "--replace: exit code $?"
[[ $(wc -l <"$(results jobs)/dropout-0.5/seed-1/metrics.csv") == 6 ]] || fail "--replace: no new run"
before=$(stamps jobs)
(jobs jobs --replace) >/dev/null 2>&1
[[ $before == "$(stamps jobs)" ]] || fail "--replace has repeated runs of the same identity"
epochs=6
(one_by_one jobs --replace) >/dev/null
same --replace jobs
before=$(stamps jobs)
(jobs jobs --rerun) >"$scratch/output" 2>/dev/null
[[ $(grep -c ': #Parameter: ' "$scratch/output") == 4 ]] || fail "--rerun: not all runs are repeated"
[[ $(comm -12 <(echo "$before") <(stamps jobs) | grep -c metrics) == 0 ]] || fail "--rerun: old files"
same --rerun jobs
echo "jobs: --replace and --rerun: only what they say, and the same bytes"

# ---- Kills, interruptions and failures ----

# finished: the records that are there, with identity and time.
finished() { stamps jobs | grep '/run\.json ' || true; }
RANDOM=2
for attempt in $(seq 8); do
  find "$(results jobs)" -mindepth 1 -maxdepth 1 -type d -exec rm -r {} +
  pause=$(((RANDOM * 32768 + RANDOM) % duration))
  (jobs jobs) >/dev/null 2>"$scratch/complaint" &
  job=$!
  sleep "$(printf '%d.%03d' $((pause / 1000)) $((pause % 1000)))"
  processes=()
  for process in $(cat "/proc/$job/task/$job/children"); do
    [[ $(cat "/proc/$process/comm") != experiment-* ]] || processes+=("$process")
  done 2>/dev/null
  victim=${processes[RANDOM % (${#processes[@]} + (${#processes[@]} == 0))]-}
  [[ -z $victim ]] || kill -KILL "$victim" 2>/dev/null || victim=
  code=0
  wait "$job" || code=$?
  job=
  [[ $code == 0 || ($code == 74 && -n $victim) ]] ||
    fail "attempt $attempt: exit code $code: $(cat "$scratch/complaint")"
  if [[ $code == 74 ]]; then
    grep --quiet 'killed by signal 9; the same command goes on$' "$scratch/complaint" ||
      fail "attempt $attempt: does not say what was killed"
    [[ $(finished | wc -l) == 3 ]] || fail "attempt $attempt: the others were not made"
  fi
  before=$(finished)
  (jobs jobs) >/dev/null 2>&1 || fail "attempt $attempt: does not go on, exit code $?"
  [[ -z $(comm -23 <(echo "$before") <(finished)) ]] || fail "attempt $attempt: a finished run was made again"
  same "attempt $attempt" jobs
  echo "jobs: SIGKILL after $pause of $duration ms, exit code $code: the same bytes"
done

for signal in INT TERM HUP; do
  find "$(results jobs)" -mindepth 1 -maxdepth 1 -type d -exec rm -r {} +
  (jobs jobs) >/dev/null 2>"$scratch/complaint" &
  job=$!
  sleep "$(printf '%d.%03d' $((duration / 3000)) $((duration / 3 % 1000)))"
  kill -$signal "$job"
  code=0
  wait "$job" || code=$?
  job=
  [[ $code == 130 ]] || fail "SIG$signal: expected exit code 130, got $code"
  (jobs jobs) >/dev/null 2>&1 || fail "SIG$signal: does not go on"
  same "SIG$signal" jobs
  echo "jobs: SIG$signal: exit code 130, then the same bytes"
done

# A run that fails does not keep the others from being made.
find "$(results jobs)" -mindepth 1 -maxdepth 1 -type d -exec rm -r {} +
folder=$(results jobs)/dropout-0/seed-1
mkdir -p "$folder"
flock --no-fork "$folder/.lock" sleep 600 &
job=$!
while ! [[ -e $folder/.lock ]]; do sleep 0.1; done
code=0
(jobs jobs) >/dev/null 2>"$scratch/complaint" || code=$?
kill "$job" && wait "$job" || true
job=
[[ $code == 73 && $(finished | wc -l) == 3 ]] || fail "a failure: exit code $code, other runs missing"
grep --quiet '^dropout: --run 1 (dropout-0 seed 1) failed with exit code 73' "$scratch/complaint" ||
  fail "a failure: $(tail -n 1 "$scratch/complaint")"
(jobs jobs) >/dev/null 2>&1 || fail "after a failure: exit code $?"
same "after a failure" jobs

# Nor does one that diverges; its arm has no mean.
options=("${tiny[@]}" --data-path "$scratch/data" --sweep weight-decay=0,5 --seeds 0,1 --lr 1
  --final-relu off --norm none --clip-grad-norm 1 --dropout 0)
epochs=4
package diverging
code=0
(jobs diverging) >"$scratch/output" 2>"$scratch/complaint" || code=$?
[[ $code == 3 ]] || fail "divergence: expected exit code 3, got $code: $(cat "$scratch/complaint")"
grep --quiet 'weight-decay 5, dropout 0: no complete run$' "$scratch/output" || fail "divergence: no means"
(cd "$scratch/diverging" && "$bin/squeezenet" weave >/dev/null) || fail "divergence: no report"
echo "jobs: a run that fails or diverges: the others are made"
echo "jobs: passed"
