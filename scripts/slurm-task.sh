#!/usr/bin/env bash
#
# One task of the array that slurm-array.sh submits: makes the run of its index,
# `scripts/slurm-task.sh PROGRAM [OPTION…]`. Slurm runs it on a node, in the folder of the package.
#
# Shortly before the time limit Slurm sends USR1: the run saves a checkpoint, and the task is queued again.
# So it is, three times at most, when its process is killed; when a node fails Slurm itself does that.

set -uo pipefail

requeue=
"$@" --run "$SLURM_ARRAY_TASK_ID" --threads "${SLURM_CPUS_PER_TASK:-$(nproc)}" --progress plain &
run=$!
trap 'requeue=yes; kill -TERM "$run"' USR1
trap 'kill -TERM "$run"' TERM
# A signal ends the wait, not the run.
while :; do
  wait "$run"
  code=$?
  kill -0 "$run" 2>/dev/null || break
done
if [[ $code == 137 ]] && ((${SLURM_RESTART_COUNT:-0} < 3)); then
  requeue=yes
fi
if [[ -n $requeue && $code != 0 ]]; then
  echo "task $SLURM_ARRAY_TASK_ID: ended with exit code $code; queued again" >&2
  scontrol requeue "$SLURM_JOB_ID" && sleep 60 # until Slurm ends this script
fi
exit "$code"
