#!/usr/bin/env bash
#
# An invalid option or variable is rejected with exit code 64 and one line that names it, before data are
# read or anything is written: all programs, all subcommands and make's variables.

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

swift build -c release --quiet >&2
programs=$PWD/.build/release
count=0

# refuses CODE PART COMMAND…: the command must end with the code and say the part in one line.
refuses() {
  local expected=$1 part=$2 status=0
  shift 2
  "$@" >"$scratch/output" 2>"$scratch/complaint" </dev/null || status=$?
  [[ $status == "$expected" ]] || fail "expected exit code $expected, got $status: $*"
  [[ ! -s $scratch/output ]] || fail "expected nothing on stdout: $*"
  [[ $(wc -l <"$scratch/complaint") == 1 ]] ||
    fail "expected one line: $*: $(cat "$scratch/complaint")"
  grep --quiet --fixed-strings -e "$part" "$scratch/complaint" ||
    fail "expected '$part': $*: $(cat "$scratch/complaint")"
  count=$((count + 1))
}

# ---- Experiments: the data are missing, which a check that comes too late would report ----

train() {
  refuses 64 "$1" "$programs/experiment-$name" --data-path "$scratch/nowhere" \
    --output-dir "$scratch/run" "${@:2}"
}
for name in no-norm norm dropout; do
  for option in --epochs --batch-size --image-size --threads --limit-train --limit-val; do
    for value in 0 -1 abc 1e3 1.5 0x10 nan "" " 1" 99999999999999999999; do
      train "$option: expected" "$option" "$value"
    done
  done
  for value in -1 abc 1.5 "" 18446744073709551616; do train "--seed: expected" --seed "$value"; done
  for option in --lr --clip-grad-norm; do
    for value in 0 -1 abc nan inf 1e999 1e39 1e-60 "" 0,1; do
      train "$option: expected" "$option" "$value"
    done
  done
  for option in --lr-min --momentum --weight-decay; do
    for value in -1 abc nan inf 1e999 ""; do train "$option: expected" "$option" "$value"; done
  done
  train "--momentum: expected" --momentum 1
  for option in --profile --norm --final-relu --augmentation --shuffle --engine --resume --progress; do
    for value in x "" 1; do train "$option: expected" "$option" "$value"; done
    train "$option needs a value" "$option"
  done
  for option in --log-steps --dry-run --skip-bad-images; do
    train "$option takes no value" "$option=x"
    train "$option is given twice" "$option" "$option"
  done
  for option in --initial-weights --save-weights; do train "$option: expected" "$option" ""; done
  train "--epochs is given twice" --epochs 1 --epochs 1
  train "--batch-size is given twice" -b 1 --batch-size 1
  train "--threads is given twice" -j 1 -j 1
  train "unknown option --epoch; did you mean --epochs?" --epoch 1
  train "unknown option -x" -x
  train "unexpected argument 'stray'" stray
  train "unexpected argument '-1'" -1
  train "is above --lr" --lr 0.1 --lr-min 0.2
  train "image size 10 is too small" --image-size 10
done
name=norm
for value in -0.1 1.1 abc nan ""; do train "--dropout: expected" --dropout "$value"; done
train "unknown option --rates" --rates 0
for value in "" , 0,0 0,,1 -1 0,x 1.5; do
  train "--seeds: expected" --seeds "$value"
done
train "--seed and --seeds: expected one of them" --seed 0 --seeds 0,1
for value in -1 abc 1.5 ""; do train "--run: expected" --run "$value"; done
train "--run: expected a whole number from 0 to 2, got '3'" --run 3 --profile demo
train "--run: expected a whole number from 0 to 5, got '6'" --run 6 --seeds 0,1 --sweep lr=0.1,0.2,0.3
train "--save-weights: one file for 2 runs" --seeds 0,1 --save-weights "$scratch/w"
for value in "" dropout; do train "--sweep: expected SETTING=V,V,…" --sweep "$value"; done
# A part of the message, and what is swept.
while IFS='|' read -r part sweep; do train "$part" --sweep "$sweep"; done <<'TABLE'
sweep x: no such setting; there are |x=1,2
sweep : no such setting|=1
sweep dropout: expected values, got none|dropout=
sweep dropout: expected|dropout=0,,0.5
sweep dropout: expected|dropout=0,2
sweep dropout: expected|dropout=,
sweep norm: expected|norm=batch,group
sweep dropout: 0 is given twice|dropout=0,0
sweep dropout: 0.5 is given twice|dropout=0.5,0.50
sweep lr: 0.01 is given twice|lr=0.01,1e-2
sweep threads: decides no number|threads=1,2
sweep log-steps: decides no number|log-steps=on
sweep progress: decides no number|progress=auto,none
sweep output-dir: decides no number|output-dir=a,b
sweep seed: seeds are not arms; --seeds lists them|seed=0,1
sweep profile: |profile=demo,quick
sweep initial-weights: |initial-weights=a,b
is above --lr|lr-min=0.001,0.5
image size 10 is too small|image-size=32,10
TABLE
train "sweep: dropout is swept twice" --sweep dropout=0 --sweep dropout=0.5
train "--dropout is also given" --dropout 0.5 --sweep dropout=0,0.25
name=dropout
train "--dropout: expected" --dropout 0,0.5
[[ ! -e $scratch/run ]] || fail "a refused run has made its folder"
train=("$programs/experiment-norm" --data-path "$scratch/nowhere" --output-dir)
touch "$scratch/file"
refuses 73 "file/run/seed-0/run.json: not a directory" "${train[@]}" "$scratch/file/run"
refuses 73 "no/w: no such file" "${train[@]}" "$scratch/run" --seed 0 --save-weights "$scratch/no/w"
refuses 66 "nowhere: no such file" "${train[@]}" "$scratch/run" --initial-weights "$scratch/nowhere"

# ---- The tool: a table of code, part of the message, words ----

cd "$scratch"
while IFS='|' read -r code part words; do
  eval "words=($words)"
  refuses "$code" "$part" "$programs/squeezenet" "${words[@]}"
done <<'TABLE'
64|no command given|
64|unknown command 'x'|x
64|unknown command ''|''
64|unknown command '--threads'|--threads 1
64|--norm: expected|summary --norm x
64|--variant: expected|summary --variant 2
64|--bypass: expected|summary --bypass x
64|--image-size: expected|summary --image-size 0
64|--image-size: expected|summary --image-size 65537
64|image size 10 is too small|summary --image-size 10
64|--classes: expected|summary --classes 0
64|--classes: expected|summary --classes -5
64|--csv takes no value|summary --csv=x
64|--csv is given twice|summary --csv --csv
64|unexpected argument 'x'|summary x
64|unknown option --classs; did you mean --classes?|summary --classs 1
64|--weights is needed|evaluate
64|--weights: expected|evaluate --weights ''
64|--data-path is needed|evaluate --weights nowhere
64|--limit-val: expected|evaluate --weights nowhere --data-path nowhere --limit-val 0
64|--batch-size: expected|evaluate --weights nowhere --data-path nowhere -b nan
64|--threads: expected|evaluate --weights nowhere --data-path nowhere -j 0
64|unexpected argument 'x'|evaluate --weights nowhere --data-path nowhere x
73|no/p: no such file|evaluate --weights nowhere --data-path nowhere --predictions no/p
66|cannot read nowhere|evaluate --weights nowhere --data-path nowhere
65|expected a header length|evaluate --weights file --data-path nowhere
64|--weights is needed|classify x
64|name at least one image|classify --weights nowhere
66|cannot read nowhere|classify --weights nowhere x
64|expected an image and an output file, got 0|transform
64|expected an image and an output file, got 3|transform a b c --resize 8
64|--resize is needed|transform a b
64|--resize: expected|transform a b --resize 0
64|--resize: expected|transform a b --resize 1e9
64|--rotate: expected|transform a b --resize 8 --rotate nan
64|--crop: expected|transform a b --resize 8 --crop 1,2
64|--crop: expected|transform a b --resize 8 --crop -1,2,3
64|--crop: expected|transform a b --resize 8 --crop 1,2,99999999999999999999
64|--center-crop: expected|transform a b --resize 8 --center-crop 0
64|exclude each other|transform a b --resize 8 --crop 0,0,4 --center-crop 4
66|cannot read nowhere|transform nowhere b --resize 8
64|--rtol: expected|diff --rtol -1
64|--atol: expected|diff --atol nan
64|--exit-code takes no value|diff --exit-code=1
64|--profile: expected|diff --profile ''
64|unexpected argument 'x'|history x
64|--figure needs a value|history --figure
64|name the folder|verify
64|name the folder|verify a b
64|unexpected argument 'x'|weave x
64|--profile: expected|weave --profile ''
66|reports/x: no results|weave --profile x
64|name one folder|make-demo-data
64|name one folder|make-demo-data a b
64|--seed: expected|make-demo-data a --seed -1
73|cannot create|make-demo-data file/x
64|--batch: expected|benchmark --batch 0
64|--image-size: expected|benchmark --image-size 5000
64|image size 10 is too small|benchmark --image-size 10
64|--threads: expected|benchmark --threads 0
64|--engine: expected|benchmark --engine cuda
64|--norm: expected|benchmark --norm x
64|unexpected argument 'x'|benchmark x
TABLE
cd "$OLDPWD"

# ---- make: passes on the program's line; its own exit code is always 2 ----

# refuses_make PART WORD…
refuses_make() {
  local part=$1 status=0
  shift
  make --no-print-directory "$@" >"$scratch/output" 2>&1 </dev/null || status=$?
  [[ $status == 2 ]] || fail "expected make's exit code 2, got $status: make $*"
  grep --quiet --fixed-strings -e "$part" "$scratch/output" ||
    fail "expected '$part': make $*: $(cat "$scratch/output")"
  count=$((count + 1))
}
before=$(git status --porcelain)
for word in THREADS=0 EPOCHS=abc BATCH=-1 IMAGE_SIZE=1e3 SEED=x SEEDS=0,0 SWEEP= LIMIT_TRAIN=-1 LIMIT_VAL=0; do
  option=--$(tr 'A-Z_' 'a-z-' <<<"${word%%=*}")
  refuses_make "${option/--batch/--batch-size}: expected" experiment-norm PROFILE=demo "$word"
done
refuses_make "--profile: expected one of demo, quick" experiment-norm PROFILE=x
refuses_make "--data-path: expected a value, got nothing" experiment-norm DATA=
refuses_make "nowhere: no such folder" experiment-norm DATA="$scratch/nowhere"
refuses_make "--epochs is given twice" experiment-norm PROFILE=demo EPOCHS=1 ARGS="--epochs 1"
refuses_make "unknown option --x" experiment-norm PROFILE=demo ARGS=--x
refuses_make "sweep x: no such setting" experiment-norm PROFILE=demo SWEEP="lr=0.1 x=1,2"
for value in 0 -1 abc 1.5 ""; do
  refuses_make "JOBS: expected a whole number from 1, got '$value'" experiment-norm JOBS="$value"
done
refuses_make "--threads: expected" experiment-norm PROFILE=demo JOBS=2 THREADS=x
refuses_make "--threads is given twice" experiment-norm PROFILE=demo JOBS=2 ARGS="--threads 1"
refuses_make "EXPERIMENT: expected one of" slurm
refuses_make "EXPERIMENT: expected one of" slurm EXPERIMENT=x
refuses_make "no experiments/x/main.swift" experiment-x
refuses_make "size: expected 160px, 320px or full" data SIZE=99
refuses_make "NAME: expected" new-experiment NAME="A b"
refuses_make "NAME: expected" new-experiment
refuses_make "GOOD is needed" bisect
refuses_make "x: no run in HEAD" verify EXPERIMENT=x
refuses_make "no such revision" diff BASE=no-such-revision
[[ $before == "$(git status --porcelain)" ]] || fail "a refused make has changed the work tree"

echo "usage: $count wrong command lines refused"
