#!/usr/bin/env bash
#
# The runs of an experiment as an array of Slurm: `Tests/Faults/slurm.sh`. The bytes are those of one process,
# a task that is killed, or stopped before its time limit, is queued again and goes on, a cancelled array is
# completed by the same command.
#
# Starts a Slurm of one node in a network and a process namespace of its own, which end with the script.
# Exit code 77 where that cannot be done: Slurm is not installed, or there is no permission.

if [[ ${1-} != inside ]]; then
  for program in sbatch slurmctld slurmd munged ip unshare; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || {
      echo "slurm: no $program, skipped; apt-get install slurm-wlm munge iproute2 has it" >&2
      exit 77
    }
  done
  unshare --net --pid --mount-proc --fork true 2>/dev/null || {
    echo "slurm: no permission to make namespaces, skipped" >&2
    exit 77
  }
  exec unshare --net --pid --mount-proc --fork --kill-child "$0" inside
fi
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

swift build -c release --quiet >&2
PATH=$PATH:/usr/sbin

# ---- A Slurm of one node ----

host=$(uname -n)
host=${host%%.*}
slurm=$scratch/slurm
mkdir -p "$slurm"/{state,spool,tmp}
export SLURM_CONF=$slurm/slurm.conf
cat >"$SLURM_CONF" <<END
ClusterName=test
SlurmctldHost=$host(10.77.0.1)
SlurmUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$slurm/munge.socket
CryptoType=crypto/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=30
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
TmpFS=$slurm/tmp
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.pid
SlurmctldLogFile=$slurm/slurmctld.log
SlurmdLogFile=$slurm/slurmd.log
NodeName=$host NodeAddr=10.77.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
# Slurm looks for an address that is not the loopback interface's.
ip link set lo up
ip link add eth0 type veth peer name eth1
ip address add 10.77.0.1/24 dev eth0
ip link set eth0 up
ip link set eth1 up
(umask 077 && head -c 128 /dev/urandom >"$slurm/munge.key")
munged --foreground --force --num-threads=1 --key-file="$slurm/munge.key" \
  --socket="$slurm/munge.socket" --pid-file="$slurm/munge.pid" --log-file="$slurm/munge.log" \
  --seed-file="$slurm/munge.seed" 2>"$slurm/munged.log" &
daemons=($!)
trap 'kill "${daemons[@]}" 2>/dev/null || true; wait "${daemons[@]}" 2>/dev/null || true; cleanup' EXIT
while ! [[ -S $slurm/munge.socket ]]; do sleep 0.1; done
slurmctld -D -i >"$slurm/start.log" 2>&1 &
daemons+=($!)
slurmd -D -N "$host" >>"$slurm/start.log" 2>&1 &
daemons+=($!)
for _ in $(seq 60); do
  ! sinfo --noheader --format=%T 2>/dev/null | grep --quiet --line-regexp idle || break
  sleep 0.5
done
sinfo --noheader --format=%T | grep --quiet --line-regexp idle ||
  fail "Slurm does not start: $(tail -n 3 "$slurm/slurmctld.log" "$slurm/slurmd.log")"
echo "slurm: a node is idle"

# ---- The array ----

bin=$PWD/.build/release
"$bin/squeezenet" make-demo-data "$scratch/data" >/dev/null
options=(--profile demo --data-path "$scratch/data" --image-size 32 --limit-train 64 --limit-val 20
  --epochs 40 --sweep dropout=0,0.5 --seeds 0,1)
export THREADS=1
array() {
  exec scripts/slurm-array.sh .build/release/experiment-dropout "${options[@]}" \
    --output-dir "$scratch/$1" "${@:2}"
}
# same LABEL: the files must be those of the reference; the next array starts anew.
same() {
  for run in dropout-{0,0.5}/seed-{0,1}; do
    for file in metrics.csv predictions.csv model.safetensors best.safetensors; do
      cmp "$scratch/reference/$run/$file" "$scratch/array/$run/$file" || fail "$1: $run/$file differs"
    done
    cmp <(sed '/"volatile"/,/}/d' "$scratch/reference/$run/run.json") \
      <(sed '/"volatile"/,/}/d' "$scratch/array/$run/run.json") || fail "$1: $run/run.json differs"
    [[ ! -e $scratch/array/$run/checkpoint.safetensors ]] || fail "$1: a checkpoint is left"
  done
  rm -r "$scratch/array"
}
# until COMMAND…: waits for a command to succeed, a minute at most.
until_true() {
  for _ in $(seq 600); do
    ! "$@" 2>/dev/null || return 0
    sleep 0.1
  done
  fail "waited in vain for: $*: $(tail -n 3 "$scratch/messages")"
}
start() {
  (array array "$@") >"$scratch/output" 2>"$scratch/messages" &
  job=$!
}
# finish CODE LABEL: waits for the array of `start`.
finish() {
  local code=0
  wait "$job" || code=$?
  job=
  [[ $code == "$1" ]] || fail "$2: expected exit code $1, got $code: $(cat "$scratch/messages")"
}
number() { sed -n 's/^dropout: array \([0-9]*\),.*/\1/p' "$scratch/messages"; }
is_at_work() { compgen -G "$scratch/array/dropout-0/seed-0/checkpoint.safetensors" >/dev/null; }

"$bin/experiment-dropout" "${options[@]}" --output-dir "$scratch/reference" --progress none \
  >"$scratch/output"
tail -n 2 "$scratch/output" >"$scratch/means"

start
finish 0 "an array"
cmp "$scratch/output" "$scratch/means" || fail "an array: other means"
same "an array"
echo "slurm: an array of four tasks: the bytes of one process"

start
until_true is_at_work
for process in /proc/[0-9]*; do
  if [[ $(tr '\0' ' ' <"$process/cmdline") == *experiment-dropout*"--run 0 "* &&
    $(cat "$process/comm") == experiment-* ]]; then
    kill -KILL "${process#/proc/}"
  fi
done 2>/dev/null
finish 0 "SIGKILL"
log=.build/slurm/dropout-$(number)-0.log
grep --quiet 'task 0: ended with exit code 137; queued again' "$log" || fail "SIGKILL: $(cat "$log")"
same "SIGKILL"
echo "slurm: SIGKILL of a task's process: queued again, then the same bytes"

start
until_true is_at_work
until_true scancel --batch --signal=USR1 "$(number)_0"
finish 0 "USR1"
log=.build/slurm/dropout-$(number)-0.log
grep --quiet 'task 0: ended with exit code 130; queued again' "$log" || fail "USR1: $(cat "$log")"
same "USR1"
echo "slurm: the signal before the time limit: queued again, then the same bytes"

start
until_true is_at_work
scancel "$(number)"
finish 74 "a cancelled array"
grep --quiet "not all runs are done" "$scratch/messages" || fail "a cancelled array: does not say so"
start
finish 0 "after a cancelled array"
same "after a cancelled array"
echo "slurm: a cancelled array: exit code 74, completed by the same command"

start
until_true is_at_work
kill -INT "$job"
finish 130 "an interruption"
array=$(number)
grep --quiet "array $array goes on; squeue shows it" "$scratch/messages" ||
  fail "an interruption: $(tail -n 1 "$scratch/messages")"
is_over() { ! squeue --noheader --array --job "$array" 2>/dev/null | grep --quiet .; }
until_true is_over
same "an interruption"
echo "slurm: an interruption ends the waiting alone"

# Slurm's own refusal, and the program's.
code=0
(array array --seeds) >/dev/null 2>"$scratch/messages" || code=$?
[[ $code == 64 ]] || fail "a wrong option: expected exit code 64, got $code"
code=0
(SBATCH=--partition=none array array) >/dev/null 2>"$scratch/messages" || code=$?
[[ $code == 74 ]] || fail "no such partition: expected exit code 74, got $code"
code=0
(PATH=/nowhere && exec /bin/bash scripts/slurm-array.sh .build/release/experiment-dropout) \
  >/dev/null 2>"$scratch/messages" || code=$?
[[ $code == 66 ]] || fail "no sbatch: expected exit code 66, got $code: $(cat "$scratch/messages")"
echo "slurm: passed"
