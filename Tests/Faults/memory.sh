#!/usr/bin/env bash
#
# A run takes the memory that its `--dry-run` announces, within a tenth, and a run that cannot have so much
# says so before it trains: `Tests/Faults/memory.sh [DATA]`. Trains both recipes at 128 px on all
# images of DATA, a folder in Imagenette's layout, until memory stays the same; without DATA, on
# generated images.

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

swift build -c release --quiet >&2
demo=$scratch/demo
.build/release/squeezenet make-demo-data "$demo" >/dev/null
data=${1-}
if [[ -z $data ]]; then
  echo "memory: no DATA with real images, generated ones are used" >&2
  data=$demo
fi

for name in norm no-norm; do
  run=(.build/release/experiment-$name --profile quick --data-path "$data"
    --output-dir "$scratch/$name" --seed 0 --threads 2 --progress none)
  announced=$("${run[@]}" --dry-run | awk '$1 == "memory:" { printf "%d", $2 * 1000000 }')

  "${run[@]}" >/dev/null 2>&1 &
  job=$!
  peak=0 since=$SECONDS
  while ((SECONDS - since < 30)); do
    sleep 2
    now=$(awk '/^VmHWM/ { printf "%d", $2 * 1.024 }' "/proc/$job/status") ||
      fail "$name: ended early"
    # Half a percent more counts as growth.
    ((now * 200 <= peak * 201)) || { peak=$now since=$SECONDS; }
  done
  kill -INT "$job"
  wait "$job" || true
  job=
  echo "memory: $name: announced $announced KB, at most $now KB taken"
  ((now * 10 <= announced * 11 && now * 10 >= announced * 9)) || fail "$name: not within a tenth"

  # Slightly less than announced, and the memory of the smallest machine.
  for limit in $((announced * 95 / 100)) 400000; do
    code=0
    rm -rf "${scratch:?}/$name"
    # In KiB.
    (ulimit -v $((limit * 1000 / 1024)) && exec "${run[@]}") >"$scratch/output" \
      2>"$scratch/complaint" || code=$?
    [[ $code == 74 ]] || fail "$name, ulimit $limit KB: expected exit code 74, got $code"
    [[ $(wc -l <"$scratch/complaint") == 1 ]] || fail "$name, ulimit $limit KB: not one line"
    grep --quiet "GB of address space (ulimit -v)" "$scratch/complaint" ||
      fail "$name, ulimit $limit KB: $(cat "$scratch/complaint")"
    [[ ! -s $scratch/output && ! -e $scratch/$name ]] || fail "$name: trained all the same"
    echo "memory: $name, ulimit -v $limit KB: $(cat "$scratch/complaint")"
  done
done

# Whatever the limit, a run is rejected in one line or completes. Below 150 MB the system does not
# start a program of this size.
for norm in batch none; do
  refused=0 trained=0
  for limit in 150 200 250 300 350 400 450 500 600 800 1200 2000 4000; do
    code=0
    rm -rf "$scratch/small"
    (
      ulimit -v $((limit * 1000))
      exec .build/release/experiment-norm --profile demo --data-path "$demo" --norm $norm \
        --output-dir "$scratch/small" --seed 0 --limit-train 160 --limit-val 40 --epochs 1 --batch-size 32 \
        --threads 2 --progress none
    ) >/dev/null 2>"$scratch/complaint" || code=$?
    case $code in
      0) trained=$((trained + 1)) ;;
      74) refused=$((refused + 1)) ;;
      *) fail "norm $norm, ulimit $limit MB: exit code $code: $(head -n 1 "$scratch/complaint")" ;;
    esac
    [[ $(wc -l <"$scratch/complaint") == $((code > 0)) ]] || fail "ulimit $limit MB: not one line"
  done
  ((refused > 0 && trained > 0)) || fail "norm $norm: $refused refused, $trained trained"
  echo "memory: norm $norm: of 13 limits $refused are refused, $trained are enough"
done

# refuses WORDS COMMAND…: fails unless the tool exits with 74 and one line with the words.
refuses() {
  local code=0
  .build/release/squeezenet "${@:2}" >/dev/null 2>"$scratch/complaint" || code=$?
  [[ $code == 74 && $(wc -l <"$scratch/complaint") == 1 ]] ||
    fail "$2: exit code $code: $(head -n 1 "$scratch/complaint")"
  grep --quiet "$1" "$scratch/complaint" || fail "$2: $(cat "$scratch/complaint")"
  echo "memory: $(cat "$scratch/complaint")"
}
refuses "a smaller --batch or --image-size" benchmark --batch 65536 --image-size 4096

.build/release/experiment-norm --profile demo --data-path "$demo" --output-dir "$scratch/trained" \
  --seed 0 --limit-train 40 --limit-val 20 --epochs 1 --progress none --save-weights "$scratch/weights" >/dev/null
images=("$demo"/val/*/*)
(
  ulimit -v 700000
  refuses "a smaller --batch-size, --image-size or --limit-val" evaluate --weights "$scratch/weights" \
    --data-path "$demo" --image-size 2048 --batch-size 16
  refuses "a smaller --image-size" classify --weights "$scratch/weights" --image-size 4096 \
    "${images[0]}"
)
