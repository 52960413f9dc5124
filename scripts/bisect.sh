#!/usr/bin/env bash
#
# Finds the commit that changed the bytes of CSV files of an experiment's runs with seed 0:
# `scripts/bisect.sh GOOD BAD EXPERIMENT [OPTION…]`, with options of the experiment, among them --seed.
#
# Commits from before runs had folders by seed are compared with later ones by what their files would be
# called today. Options that only later commits know (--sweep, --seeds) do not reach across that change.
#
# Everything happens in a scratch worktree with a build folder of its own: the checkout, the index,
# the branch and a bisection of the user's own are not touched. A commit that cannot be built or run
# is skipped.
#
# Exit codes: 0 found, 2 impossible, 64 usage, 130 interrupted.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
  echo "bisect: $2" >&2
  exit "$1"
}

good_name=${1-} bad_name=${2-HEAD} experiment=${3-norm}
shift "$(($# < 3 ? $# : 3))"
[[ -n $good_name ]] ||
  fail 64 "GOOD is needed: a commit with the right numbers; make bisect GOOD=REV [BAD=HEAD]"
[[ $experiment =~ ^[a-z0-9-]+$ ]] || fail 64 "EXPERIMENT: expected a name, got '$experiment'"

# The repository is that of this folder, whoever calls.
unset $(command git rev-parse --local-env-vars)
# The user's hooks have no place in a bisection.
git() { command git -c core.hooksPath=/dev/null -c advice.detachedHead=false "$@"; }

commit() {
  git rev-parse --verify --quiet --end-of-options "$1^{commit}"
}
git rev-parse --git-dir >/dev/null 2>&1 || fail 2 "not in a git repository"
good=$(commit "$good_name") || fail 2 "GOOD: no such revision: $good_name"
bad=$(commit "$bad_name") || fail 2 "BAD: no such revision: $bad_name"
[[ $good != "$bad" ]] || fail 2 "GOOD and BAD are the same commit"
git merge-base --is-ancestor "$good" "$bad" ||
  fail 2 "GOOD must be an ancestor of BAD, but $good_name is not one of $bad_name"

# The program runs in another folder: paths must be absolute.
options=() seed=0 default=(--seed 0)
while (($#)); do
  options+=("$1")
  case $1 in
    --seed) seed=${2-} default=() ;;
    --seed=*) seed=${1#*=} default=() ;;
    --seeds | --seeds=*) default=() ;;
  esac
  if [[ $1 == --data-path || $1 == --initial-weights ]] && (($# > 1)); then
    shift
    options+=("$(realpath -m -- "$1")")
  fi
  shift
done
options+=("${default[@]}")

scratch=$(mktemp -d)
tree=$scratch/tree
job=
clean_up() {
  if [[ -n $job ]]; then
    kill -INT -- "-$job" 2>/dev/null && sleep 1 && kill -- "-$job" 2>/dev/null || true
    wait "$job" 2>/dev/null || true
  fi
  git worktree remove --force --force "$tree" 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# Runs a command in a process group of its own, so that a signal can end all of it.
run() {
  local status=0
  set -m
  "$@" </dev/null &
  job=$!
  set +m
  wait "$job" || status=$?
  job=
  return "$status"
}

# Builds the commit that is checked out in the tree and runs the experiment into a folder. Returns 125,
# as `git bisect run` expects, where that cannot be done.
repeat() {
  local output=$1 status=0
  shift
  echo "bisect: $(command git -C "$tree" log -1 --format='%h %s')" >&2
  cd "$tree"
  # SwiftPM notices a new folder of experiments/ only where the environment changes.
  SQUEEZENET_EXPERIMENTS=$(ls experiments 2>/dev/null) \
    swift build -c release --quiet --product "experiment-$experiment" >"$scratch/build.log" 2>&1 ||
    {
      echo "bisect: cannot build it: $(grep -m 1 error: "$scratch/build.log")" >&2
      return 125
    }
  # Another commit may have drawn other images.
  rm -rf "$output" data
  ".build/release/experiment-$experiment" "$@" --output-dir "$output" --resume never \
    --progress none >/dev/null 2>"$scratch/run.log" || status=$?
  case $status in
    0 | 3) ;; # a training that diverged has numbers, too
    130) return 130 ;;
    *)
      echo "bisect: cannot run it: $(tail -n 1 "$scratch/run.log")" >&2
      return 125
      ;;
  esac
  # Where a sweep's runs had no folders by seed they were called by the dropout rate, 0.50, and the program
  # itself wrote what is made of all of them.
  local run rate
  for run in "$output"/[0-9]*/; do
    [[ -d $run ]] || continue
    rate=$(basename "$run" | sed 's/\.\{0,1\}0*$//')
    mkdir "$output/dropout-${rate:-0}"
    mv "$run" "$output/dropout-${rate:-0}/seed-$seed"
  done
  rm -f "$output/summary.csv"
}

# Prints the first row in which the CSV files of two folders differ, looking at metrics first; fails
# where all are equal.
first_difference() {
  local file line
  while IFS= read -r file; do
    for folder in "$1" "$2"; do
      [[ -f $folder/$file ]] || { echo "$file: only on one side"; return 0; }
    done
    # The first line that differs, or the one after the end of the shorter file.
    line=$(LC_ALL=C diff "$1/$file" "$2/$file" | sed -n '1s/^\([0-9]*\)[^0-9].*/\1/p')
    [[ -z $line ]] || {
      echo "$file: line $line:"
      echo "  before: $(sed -n "${line}p" "$1/$file")"
      echo "  after:  $(sed -n "${line}p" "$2/$file")"
      return 0
    }
  done < <(cd "$scratch" && for folder in "$1" "$2"; do
    (cd "$folder" && find . -name '*.csv' | sed 's|^\./||')
  done | LC_ALL=C sort -u |
    awk '/metrics\.csv$/ { print; next } { rest = rest $0 "\n" } END { printf "%s", rest }')
  return 1
}

# One step of the bisection: returns 0 where the bytes are the same as GOOD's, else 1.
step() {
  local status=0 commit
  commit=$(command git -C "$tree" rev-parse HEAD)
  repeat "$scratch/now" "$@" || return
  if first_difference "$scratch/good" "$scratch/now" >"$scratch/$commit.difference"; then
    return 1
  fi
}
export scratch tree experiment seed

git worktree add --quiet --detach "$tree" "$good" || fail 2 "cannot make a worktree in $scratch"
run repeat "$scratch/good" "${options[@]}" || fail 2 "GOOD ($good_name): cannot build or run $experiment"
git -C "$tree" checkout --quiet --detach "$bad"
status=0
run step "${options[@]}" || status=$?
case $status in
  0) fail 2 "GOOD and BAD give the same bytes: no commit between them changed the numbers" ;;
  1) ;;
  *) fail 2 "BAD ($bad_name): cannot build or run $experiment" ;;
esac

# Only a commit that touches the inputs of runs can have changed their numbers. The state of a
# bisection belongs to the worktree that it was started in.
mapfile -t inputs <Sources/Support/inputs.txt
git -C "$tree" bisect start "$bad" "$good" -- "${inputs[@]}" \
  >"$scratch/bisect.log" 2>&1 || fail 2 "$(tail -n 1 "$scratch/bisect.log")"
found() {
  git -C "$tree" bisect log | sed -n 's/^# first bad commit: \[\([0-9a-f]*\)\].*/\1/p'
}
if [[ -z $(found) ]]; then
  # `git bisect run` needs a program, not a function.
  { declare -f step repeat first_difference; echo 'step "$@"'; } >"$scratch/step.sh"
  run git -C "$tree" bisect run bash "$scratch/step.sh" "${options[@]}" >>"$scratch/bisect.log" ||
    true
fi
culprit=$(found)
if [[ -z $culprit ]]; then
  candidates=$(git -C "$tree" bisect log | sed -n 's/^# possible first bad commit: /  /p')
  [[ -n $candidates ]] || fail 2 "stopped early: $(tail -n 1 "$scratch/bisect.log")"
  echo "$candidates"
  fail 2 "skipped commits hide which of these changed the numbers of $experiment"
fi
echo "the commit that changed the numbers of $experiment:"
git -C "$tree" log -1 --format='%h  %as  %s' "$culprit"
cat "$scratch/$culprit.difference"
