#!/usr/bin/env bash
#
# Makes the runs of an experiment side by side, each in a process of its own:
# `scripts/run-jobs.sh PROGRAM JOBS [OPTION…]`, at most JOBS at a time. The processors, or THREADS of them,
# are divided among the processes.
#
# What a process prints is shown when it ends, with the name of its run in front. INT, TERM and HUP are
# passed on: every run saves a checkpoint. A process that fails or is killed does not stop the others, and
# the same command makes what is missing. The files are those of one process after the other.
#
# Exit codes: those of the program, that of the first run in the list if several fail; 74 for a process
# that was killed.

set -euo pipefail

program=${1-} jobs=${2-}
shift "$(($# < 2 ? $# : 2))"
options=("$@")
name=${program##*/experiment-}
if ! [[ $jobs =~ ^[1-9][0-9]{0,3}$ ]]; then
  echo "$name: JOBS: expected a whole number from 1, got '$jobs'" >&2
  exit 64
fi
for option in "${options[@]}"; do
  case $option in
    --dry-run | --list-runs | --run | --run=* | --version | -h | --help)
      exec "$program" "${options[@]}"
      ;;
  esac
done
threads=${THREADS-$(nproc)}

# Whatever can be refused is refused before a process is started.
"$program" "${options[@]}" --threads "$threads" --progress plain --dry-run >/dev/null
list=$("$program" "${options[@]}" --list-runs)
if ! [[ $list =~ ^0\  ]]; then # The help, for example.
  echo "$list"
  exit
fi
mapfile -t list <<<"$list"
titles=()
for line in "${list[@]}"; do
  read -r index arm seed rest <<<"$line"
  titles[index]="${arm/#-/$name} seed $seed"
  # The program says how it differs.
  if [[ $rest == *"  another run: "* ]]; then
    "$program" "${options[@]}" --progress none --run "$index"
  fi
done
count=${#titles[@]}
((jobs <= count)) || jobs=$count
threads=$((threads >= jobs ? threads / jobs : 1))
plural=s
((threads > 1)) || plural=
echo "$name: $count runs, $jobs at a time with $threads thread$plural each" >&2

scratch=$(mktemp -d)
declare -A processes=()
trap 'for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
  rm -rf "$scratch"' EXIT
# Only noted here, so that a process that is being started gets it, too.
signal=
for number in INT TERM HUP; do
  # shellcheck disable=SC2064
  trap "signal=$number" "$number"
done

# start INDEX: in a process group of its own. A signal of the terminal would else reach the process
# twice, and the second one ends it without a checkpoint.
start() {
  set -m
  "$program" "${options[@]}" --run "$1" --threads "$threads" --progress none \
    </dev/null >"$scratch/$1.output" 2>"$scratch/$1.messages" &
  processes[$1]=$!
  set +m
}

# finish INDEX: notes the exit code of a process that has ended, and shows what it printed.
codes=() ended=0
finish() {
  local code=0 prefix
  wait "${processes[$1]}" 2>/dev/null || code=$?
  unset "processes[$1]"
  clear_line
  prefix=$(sed 's/[&|\]/\\&/g' <<<"${titles[$1]}: ")
  sed "s|^|$prefix|" "$scratch/$1.output"
  sed "s|^\($name: \)\{0,1\}|$prefix|" "$scratch/$1.messages" >&2
  if ((code > 128 && code != 130)) && [[ -z $interrupted ]]; then
    echo "${titles[$1]}: killed by signal $((code - 128)); run the same command again to continue" >&2
    code=74
  fi
  codes[$1]=$code ended=$((ended + 1))
  mv "$scratch/$1.output" "$scratch/$1.ended"
}

# ---- Progress: a line that rewrites itself on a terminal, elsewhere one when a run ends and every minute ----

is_terminal=
[[ ! -t 2 || ${TERM-dumb} == dumb ]] || is_terminal=yes
clear_line() { [[ -z $is_terminal ]] || printf '\r\033[K' >&2; }

shown=0 shown_ended=0
show_progress() {
  ((SECONDS - shown >= (${#is_terminal} ? 1 : 60) || ended > shown_ended)) || return 0
  shown=$SECONDS shown_ended=$ended
  clear_line
  # The epochs of this command tell how long the rest will take.
  awk -v name="$name" -v ended="$ended" -v count="$count" -v seconds="$SECONDS" \
    -v terminal="$is_terminal" '
    /^Epoch: / {
      split($2, epoch, "/")
      if (!(FILENAME in last)) before[FILENAME] = epoch[1] - 1
      last[FILENAME] = epoch[1]
      epochs[FILENAME] = epoch[2]
    }
    END {
      made = ended
      for (file in last) {
        own += (last[file] - before[file]) / epochs[file]
        if (file !~ /ended$/) made += last[file] / epochs[file]
      }
      if (terminal) {
        for (i = 1; i <= 24; i++) bar = bar (i <= 24 * made / count ? "=" : " ")
        bar = " [" bar "]"
      } else bar = ":"
      rest = own > 0 ? int(seconds * (count - made) / own + 0.5) : -1
      if (made == count) left = "0 s"
      else if (rest < 0) left = "?"
      else if (rest >= 3600) left = int(rest / 3600) " h " int(rest / 60) % 60 " min"
      else if (rest >= 60) left = int(rest / 60) " min " rest % 60 " s"
      else left = rest " s"
      printf "%s%s %d of %d runs, %s left%s", name, bar, ended, count, left, terminal ? "" : "\n"
    }' /dev/null "$scratch"/*.output "$scratch"/*.ended >&2
}
shopt -s nullglob

# ---- All runs ----

next=0 interrupted=
SECONDS=0
while ((${#processes[@]} > 0)) || { ((next < count)) && [[ -z $signal$interrupted ]]; }; do
  if [[ -n $signal ]]; then
    for process in "${processes[@]}"; do kill -"$signal" "$process" 2>/dev/null || true; done
    signal= interrupted=yes
  fi
  while ((next < count && ${#processes[@]} < jobs)) && [[ -z $signal$interrupted ]]; do
    start "$next"
    next=$((next + 1))
  done
  # A signal ends the wait.
  sleep 0.2 &
  wait $! || true
  for index in "${!processes[@]}"; do
    kill -0 "${processes[$index]}" 2>/dev/null || finish "$index"
  done
  show_progress
done
clear_line
[[ -z $signal$interrupted ]] || exit 130

failed=
for index in "${!codes[@]}"; do
  # One that diverged is shown with the others.
  if [[ ${codes[$index]} != [03] ]]; then
    [[ -n $failed ]] || failed=$index
  fi
done
if [[ -n $failed ]]; then
  echo "$name: --run $failed (${titles[$failed]}) failed with exit code ${codes[$failed]};" \
    "the same command makes what is missing" >&2
  exit "${codes[$failed]}"
fi
# All are done by now: this prints the means. A single run has none.
((count > 1)) || exit "${codes[0]}"
last=()
for option in "${options[@]}"; do [[ $option == --rerun ]] || last+=("$option"); done
"$program" "${last[@]}" --progress none
