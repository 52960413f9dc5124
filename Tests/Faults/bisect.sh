#!/usr/bin/env bash
#
# Runs `make bisect` on eight commits, the sixth of which changes the initial weights: it must name that
# commit, skip one that does not build, and leave the repository unchanged. Takes minutes.

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

git clone --quiet . "$scratch/clone"
cd "$scratch/clone"
git checkout --quiet -B tip
git config user.name Test
git config user.email test@example.org
# Tests the scripts of this working tree, committed or not.
cp "$OLDPWD/scripts/bisect.sh" scripts/
cp "$OLDPWD/Makefile" .
git add -A
git commit --quiet --allow-empty -m "Start"
start=$(git rev-parse HEAD)

source=Sources/NeuralNetwork/Layers/Initialization.swift
for number in 1 2 3 4 5 6 7 8; do
  case $number in
    4) echo "this does not compile" >>"$source" ;;
    5) sed -i '/this does not compile/d' "$source" ;;
    6) sed -i 's|(2 / Double(fanOut))|(2.001 / Double(fanOut))|' "$source" ;;
    *) echo "// $number" >>"$source" ;;
  esac
  git commit --quiet --all -m "Commit $number"
done
# A bisection of the user's own is in progress, and there is uncommitted work.
git bisect start HEAD "$start" >/dev/null
echo "more" >>LICENSE
before=$(git status --porcelain --branch; git bisect log; git worktree list; git diff)

tiny=(EPOCHS=1 LIMIT_TRAIN=32 LIMIT_VAL=20 IMAGE_SIZE=32 THREADS=1)
bisect() { make --no-print-directory bisect "$@" "${tiny[@]}"; }

# Fails unless a command fails and says so.
refuses() {
  local expected=$1 output
  shift
  output=$("$@" 2>&1) && { echo "not refused: $*" >&2; exit 1; }
  [[ $output == *"$expected"* ]] || { echo "expected '$expected', got: $output" >&2; exit 1; }
}
refuses "GOOD is needed" bisect
refuses "Error 64" bisect
refuses "GOOD: no such revision: nowhere" bisect GOOD=nowhere
refuses "BAD: no such revision: nowhere" bisect GOOD="$start" BAD=nowhere
refuses "GOOD must be an ancestor of BAD" bisect GOOD=tip BAD="$start"
refuses "the same bytes" bisect GOOD="$start" BAD=tip~3

output=$(bisect GOOD="$start" BAD=tip)
echo "$output"
[[ $output == *"  Commit 6"$'\n'*"metrics.csv: line 2:"* ]] ||
  { echo "expected Commit 6 and the row" >&2; exit 1; }

after=$(git status --porcelain --branch; git bisect log; git worktree list; git diff)
[[ $before == "$after" ]] ||
  { diff <(echo "$before") <(echo "$after") >&2; echo "the repository changed" >&2; exit 1; }
echo "bisect: passed"
