#!/usr/bin/env bash
#
# Makes the runs of an experiment as an array of Slurm, one task each, and waits for it:
# `scripts/slurm-array.sh PROGRAM [OPTION…]`. SBATCH holds more options of sbatch; THREADS is the number of
# processors of a task, 4 unless given. The folder of the package must be one that the nodes see, too.
#
# The same command makes what is missing. An interruption ends the waiting, not the array.
#
# Exit codes: those of the program; 66 without Slurm, 74 if a task failed or was cancelled, 130 if the
# waiting was interrupted.

set -euo pipefail

program=$1
shift
options=("$@")
name=${program##*/experiment-}
fail() {
  echo "$name: $2" >&2
  exit "$1"
}
command -v sbatch >/dev/null ||
  fail 66 "sbatch: not found; a machine of a Slurm cluster has it, JOBS=N makes runs side by side here"
threads=${THREADS-4}

# Whatever can be refused is refused before anything is submitted.
"$program" "${options[@]}" --threads "$threads" --progress plain --dry-run >/dev/null
list=$("$program" "${options[@]}" --list-runs)
if ! [[ $list =~ ^0\  ]]; then # The help, for example.
  echo "$list"
  exit
fi
while read -r index _ _ rest; do
  # The program says how it differs.
  [[ $rest != *"  another run: "* ]] || "$program" "${options[@]}" --progress none --run "$index"
done <<<"$list"

# Words of their own.
# shellcheck disable=SC2206
more=(${SBATCH-})
logs=.build/slurm
mkdir -p "$logs"
number=$logs/$$.number
# In a process group of its own: an interruption is answered here.
set -m
sbatch --wait --parsable --array="0-$(($(wc -l <<<"$list") - 1))" --job-name="experiment-$name" \
  --cpus-per-task="$threads" --requeue --signal=B:USR1@60 --open-mode=append \
  --output="$logs/$name-%A-%a.log" "${more[@]}" \
  scripts/slurm-task.sh "$program" "${options[@]}" </dev/null >"$number" &
waiting=$!
set +m
array=
trap 'kill "$waiting" 2>/dev/null || true; rm -f "$number"' EXIT
trap 'fail 130 "array ${array:-(not submitted yet)} goes on; squeue shows it, scancel ends it"' INT TERM HUP

# states: how many runs are in which state.
states() {
  "$program" "${options[@]}" --list-runs | awk '
    { state = / done$/ ? "done" : / diverged$/ ? "diverged" : /  at work/ ? "at work" : "waiting"
      runs[state]++ }
    END {
      for (i = split("done,diverged,at work,waiting", names, ","); i > 0; i--)
        if (runs[names[i]]) text = ", " runs[names[i]] " " names[i] text
      print substr(text, 3)
    }'
}
shown= next=0
while kill -0 "$waiting" 2>/dev/null; do
  if [[ -z $array && -s $number ]]; then
    array=$(<"$number")
    array=${array%%;*} # The name of a cluster may follow.
    echo "$name: array $array, logs in $logs/$name-$array-*.log" >&2
  fi
  if ((SECONDS >= next)) && [[ -n $array ]]; then
    now=$(states)
    [[ $now == "$shown" ]] || echo "$name: $now" >&2
    shown=$now next=$((SECONDS + 10))
  fi
  sleep 0.5 &
  wait $! || true
done
code=0
wait "$waiting" || code=$?
[[ -n $array || -s $number ]] || exit 74 # sbatch has said why.

left=$("$program" "${options[@]}" --list-runs | grep -Ev '  (done|diverged)$') || true
if [[ -n $left ]]; then
  echo "$left" >&2
  ((code > 2 && code < 128)) || code=74
  fail "$code" "not all runs are done; the same command makes what is missing"
fi
# Results of before say nothing about repetitions that failed.
[[ $code == [03] || " ${options[*]} " != *" --rerun "* ]] || fail "$code" "not all runs were repeated"
# All are done by now: this prints the means.
last=()
for option in "${options[@]}"; do [[ $option == --rerun ]] || last+=("$option"); done
"$program" "${last[@]}" --progress none
