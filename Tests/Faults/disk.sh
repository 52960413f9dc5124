#!/usr/bin/env bash
#
# If a disk is full or read-only, every kind of write fails with its exit code and one line, earlier
# results stay unchanged, and the same command later completes the run: `Tests/Faults/disk.sh`. A full
# disk is simulated by a temporary file's name that links to /dev/full, a file that cannot be created by
# a folder of that name. Read-only disks are skipped without permission to mount.

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# fails CODE WORDS COMMAND…: fails unless the command exits with the code and one line with the words.
fails() {
  local expected=$1 words=$2 code=0
  shift 2
  "$@" >"$scratch/output" 2>"$scratch/complaint" || code=$?
  [[ $code == "$expected" ]] || fail "$label: expected exit code $expected, got $code:
$(head -n 3 "$scratch/complaint")"
  [[ $(wc -l <"$scratch/complaint") == 1 ]] || fail "$label: not one line:
$(head -n 5 "$scratch/complaint")"
  grep --quiet -- "$words" "$scratch/complaint" ||
    fail "$label: expected '$words' in: $(cat "$scratch/complaint")"
  echo "disk: $label: exit code $code"
}

# spoil KIND FILE: makes the next write of a file fail, and sets `code` to the expected exit code.
spoil() {
  case $1 in
    full) code=74 && ln -s /dev/full "$2.partial" ;;
    uncreatable) code=73 && mkdir "$2.partial" ;;
  esac
}

swift build -c release --quiet >&2
bin=$PWD/.build/release
$bin/squeezenet make-demo-data "$scratch/data" >/dev/null
options=(--profile demo --data-path "$scratch/data" --image-size 32 --epochs 2 --limit-train 64
  --limit-val 20 --progress none --threads 1)
run=("$bin/experiment-norm" "${options[@]}" --output-dir "$scratch/run" --log-steps
  --save-weights "$scratch/run/copy.safetensors")

# ---- A run's files ----

mkdir "$scratch/run"
"${run[@]}" --seed 0 >/dev/null
mv "$scratch/run" "$scratch/earlier"
cp -r "$scratch/earlier" "$scratch/run"
"${run[@]}" --seed 1 --replace >/dev/null
mv "$scratch/run" "$scratch/later"
deterministic() { sed '/"volatile"/,/}/d' "$1"; }

for kind in full uncreatable; do
  for file in checkpoint.safetensors best.checkpoint.safetensors copy.safetensors model.safetensors \
    best.safetensors predictions.csv run.json steps.csv metrics.csv; do
    label="$kind at $file"
    cp -r "$scratch/earlier" "$scratch/run"
    spoil $kind "$scratch/run/$file"
    fails $code "$scratch/run/$file" "${run[@]}" --seed 1 --replace
    rm -rf "$scratch/run/$file.partial"
    for other in model.safetensors best.safetensors predictions.csv run.json steps.csv metrics.csv; do
      cmp "$scratch/earlier/$other" "$scratch/run/$other" || fail "$label: $other is another one"
    done
    [[ -z $(find "$scratch/run" -name '*.partial') ]] || fail "$label: a temporary file is left"
    "${run[@]}" --seed 1 --replace >/dev/null
    for other in model.safetensors best.safetensors predictions.csv steps.csv metrics.csv; do
      cmp "$scratch/later/$other" "$scratch/run/$other" || fail "$label: $other was not completed"
    done
    cmp <(deterministic "$scratch/later/run.json") <(deterministic "$scratch/run/run.json")
    rm -r "$scratch/run"
  done
done

# ---- The brief training of no-norm ----

mkdir -p "$scratch/no-norm/unclipped"
label="full at unclipped/steps.csv"
spoil full "$scratch/no-norm/unclipped/steps.csv"
fails 74 unclipped/steps.csv "$bin/experiment-no-norm" "${options[@]}" --seed 0 \
  --output-dir "$scratch/no-norm"

# ---- Figures and reports ----

if command -v gnuplot >/dev/null; then
  mkdir "$scratch/tree"
  cp -r Package.swift experiments reports "$scratch/tree"
  cd "$scratch/tree"
  "$bin/squeezenet" weave --profile demo >/dev/null
  cp -r reports/demo "$scratch/woven"
  for kind in full uncreatable; do
    for file in architecture.csv norm/runs.csv norm/summary.csv report.md figures/norm-loss.svg; do
      label="$kind at $file"
      spoil $kind "reports/demo/$file"
      fails $code "$file" "$bin/squeezenet" weave --profile demo
      rm -rf "reports/demo/$file.partial"
      diff -r "$scratch/woven" reports/demo || fail "$label: other files"
    done
  done
  if mount -t tmpfs tmpfs reports/demo 2>/dev/null; then
    mounted=$scratch/tree/reports/demo
    cp -r "$scratch/woven/." reports/demo
    mount -o remount,ro reports/demo
    label="read-only at a report"
    fails 73 "read-only" "$bin/squeezenet" weave --profile demo
    umount reports/demo && mounted=
  fi
  cd "$OLDPWD"
else
  echo "disk: no gnuplot, skipping figures" >&2
fi

# ---- The tool's files and standard output ----

weights=$scratch/earlier/model.safetensors
image=$(find "$scratch/data/val" -name '*.JPEG' -print -quit)
evaluate=("$bin/squeezenet" evaluate --weights "$weights" --data-path "$scratch/data")
for option in --predictions --logits; do
  label="full at evaluate $option"
  spoil full "$scratch/table.csv"
  fails 74 table.csv "${evaluate[@]}" "$option" "$scratch/table.csv"
done
label="full at transform"
spoil full "$scratch/out.ppm"
fails 74 out.ppm "$bin/squeezenet" transform "$image" "$scratch/out.ppm" --resize 64

full() { "$@" >/dev/full; }
for command in --help --version summary "summary --csv" "evaluate --help" \
  "classify --weights $weights $image"; do
  label="standard output full: ${command%% -*}"
  # Words of their own.
  # shellcheck disable=SC2086
  fails 74 "standard output" full "$bin/squeezenet" $command
done
label="standard output full: evaluate"
fails 74 "standard output" full "${evaluate[@]}"
mkdir "$scratch/run"
label="standard output full: --dry-run"
fails 74 "standard output" full "${run[@]}" --seed 0 --dry-run

# A log that cannot be written does not end a training.
"${run[@]}" --seed 0 >/dev/full 2>/dev/full || fail "a full log ended the training"
cmp "$scratch/earlier/metrics.csv" "$scratch/run/metrics.csv"
rm -r "$scratch/run" && mkdir "$scratch/run"
"${run[@]}" --seed 0 | head -n 0
[[ ${PIPESTATUS[0]} == 0 && -s $scratch/run/metrics.csv ]] || fail "a closed pipe ended the training"
rm -r "$scratch/run"
echo "disk: a training goes on where its log cannot be written"

# ---- Read-only and full disks ----

mkdir "$scratch/disk"
if mount -t tmpfs -o size=400k tmpfs "$scratch/disk" 2>/dev/null; then
  mounted=$scratch/disk
  label="full at demo data"
  fails 74 "cannot write" "$bin/squeezenet" make-demo-data "$scratch/disk/data"
  [[ -z $(ls -A "$scratch/disk") ]] || fail "$label: half a data set is left"
  mount -o remount,ro,size=1g "$scratch/disk"
  label="read-only at demo data"
  fails 73 "cannot create" "$bin/squeezenet" make-demo-data "$scratch/disk/data"
  label="read-only at a run's folder"
  fails 73 "disk/new/run/run.json: read-only" "$bin/experiment-norm" "${options[@]}" \
    --seed 0 --output-dir "$scratch/disk/new/run"
  mount -o remount,rw "$scratch/disk"
  cp -r "$scratch/earlier" "$scratch/disk/run"
  mount -o remount,ro "$scratch/disk"
  label="read-only at an earlier run"
  fails 73 "read-only" "$bin/experiment-norm" "${options[@]}" --seed 0 \
    --output-dir "$scratch/disk/run"
  diff -r "$scratch/earlier" "$scratch/disk/run"
else
  echo "disk: no permission to mount, skipping read-only disks" >&2
fi
echo "disk: passed"
