#!/usr/bin/env bash
#
# A run's bytes depend neither on the number of threads nor on repetition:
# `Tests/Faults/threads.sh [DATA]`. Trains both recipes for two epochs at 128 px on 512 images with
# augmentation and dropout, with 1, 2, 3 and 7 threads and once more with 2. Without DATA, a folder
# in Imagenette's layout, images are generated.

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

swift build -c release --quiet >&2
data=${1-}
if [[ -z $data ]]; then
  echo "threads: no DATA with real images, generating some" >&2
  data=$scratch/data
  .build/release/squeezenet make-demo-data "$data" >/dev/null
fi

for name in norm no-norm; do
  for run in 1 2 3 7 2; do
    .build/release/experiment-$name --profile quick --data-path "$data" \
      --output-dir "$scratch/run" --seed 0 --epochs 2 --batch-size 64 --limit-train 512 --limit-val 256 \
      --dropout 0.5 --threads "$run" --resume never --progress none >/dev/null 2>&1
    if [[ ! -d $scratch/first ]]; then
      mv "$scratch/run" "$scratch/first"
      continue
    fi
    for file in metrics.csv predictions.csv model.safetensors; do
      cmp "$scratch/first/$file" "$scratch/run/$file"
    done
    rm -r "$scratch/run"
    echo "threads: $name with $run threads: the same bytes as with 1"
  done
  rm -r "$scratch/first"
done
