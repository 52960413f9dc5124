#!/usr/bin/env bash
#
# Bad images, folders, weights and a training that diverges, through the programs themselves:
# `Tests/Faults/inputs.sh [DATA]`. Each case ends with the right exit code and one line that names the
# file, or produces the right bytes. Without DATA, a folder in Imagenette's layout, images are
# generated.

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

swift build -c release --quiet >&2
tool=$PWD/.build/release/squeezenet
root=$PWD

data=${1-}
if [[ -z $data ]]; then
  echo "inputs: no DATA with real images, generating some" >&2
  data=$scratch/generated
  "$tool" make-demo-data "$data"
fi
data=$(realpath "$data")
cd "$scratch"

# Two classes, 20 and 6 images each.
for class in $(ls "$data/train" | head -n 2); do
  mkdir -p "data/train/$class" "data/val/$class"
  for file in $(ls "$data/train/$class" | head -n 20); do
    cp "$data/train/$class/$file" "data/train/$class/$file"
  done
  for file in $(ls "$data/val/$class" | head -n 6); do
    cp "$data/val/$class/$file" "data/val/$class/$file"
  done
done
first=$(ls -d data/train/* | head -n 1)
second=$(ls -d data/train/* | tail -n 1)

# train DATA OUTPUT OPTION…
train() {
  "$root/.build/release/experiment-${experiment-norm}" --profile demo --data-path "$1" \
    --output-dir "$2" --seed 0 --image-size 32 --epochs "${epochs-1}" --batch-size "${batch-10}" \
    --progress none "${@:3}"
}
# refuses CODE PART COMMAND…: the command must end with the code and say the part in one line.
refuses() {
  local expected=$1 part=$2 status=0
  shift 2
  "$@" >output 2>complaint </dev/null || status=$?
  [[ $status == "$expected" ]] ||
    fail "expected exit code $expected, got $status: $*: $(head -n 3 complaint)"
  [[ $(wc -l <complaint) == 1 ]] || fail "expected one line: $*: $(head -n 3 complaint)"
  grep --quiet --fixed-strings -e "$part" complaint ||
    fail "expected '$part': $*: $(cat complaint)"
}

# ---- Images ----

train data clean >/dev/null
image=$(ls "$second"/* | head -n 1)
size=$(stat -c %s "$image")
cp -r data damaged
bad=damaged/train/${second##*/}/${image##*/}
count=0
for ((length = 0; length < size - 1; length += 1000)); do
  head -c "$length" "$image" >"$bad"
  refuses 65 "$bad: cannot decode: the file " train damaged run
  count=$((count + 1))
done
head -c $((size - 2)) "$image" >"$bad"
refuses 65 "$bad: cannot decode: the file ends too early" train damaged run
echo "some text" >"$bad"
refuses 65 "$bad: cannot decode: not a JPEG file" train damaged run
printf '\x89PNG\r\n\x1a\n' >"$bad"
refuses 65 "$bad: cannot decode: a PNG file, expected JPEG" train damaged run
for name in 12-bit two-components huge; do
  cp "$root/Tests/Fixtures/pixels/$name.jpeg" "$bad"
  refuses 65 "$bad: cannot decode: " train damaged run
done
cp "$root/Tests/Fixtures/pixels/65500x1.jpeg" "$bad"
refuses 65 "$bad: 65500x1 pixels are " train damaged run
rm "$bad" && mkfifo "$bad"
refuses 66 "$bad: not a file" train damaged run
rm "$bad" && ln -s "${bad##*/}" "$bad"
refuses 66 "$bad: too many levels of symbolic links" train damaged run
[[ ! -e run ]] || fail "a refused run has made its folder"
for name in 1x1 arithmetic cmyk ycck progressive gray; do
  rm "$bad" && cp "$root/Tests/Fixtures/pixels/$name.jpeg" "$bad"
  train damaged run >/dev/null || fail "$name.jpeg: not read"
  rm -r run
done
echo "inputs: an image truncated at $count places and other bad ones: named"

# Many bad images: all of a split in one line, up to a limit; the tool does the same.
for file in "damaged/train/${first##*/}"/* "damaged/val/${first##*/}"/*; do echo x >"$file"; done
rm "$bad" && ln -s nowhere "$bad"
refuses 65 "21 of 40 images cannot be used: " train damaged run
[[ $(grep -o ': cannot decode: not a JPEG file; ' complaint | wc -l) == 20 ]] ||
  fail "expected 20 files to be named"
grep --quiet '; and 1 more$' complaint || fail "expected the number of the others"
refuses 65 "6 of 12 images cannot be used: " \
  "$tool" evaluate --weights clean/model.safetensors --data-path damaged
refuses 66 "2 of 3 images cannot be used: " \
  "$tool" classify --weights clean/model.safetensors "$bad" "$image" data
[[ $(head -n 1 output) == "$image" ]] || fail "expected the good image to be classified"

# Skipping them is equivalent to removing them.
cp -r data without
rm -r damaged && cp -r data damaged
for file in $(ls "$first" | head -n 3); do
  rm "without/train/${first##*/}/$file"
  echo x >"damaged/train/${first##*/}/$file"
done
train damaged skipping --skip-bad-images --limit-train 20 2>complaint >/dev/null
[[ $(wc -l <complaint) == 1 ]] || fail "expected one line about what is left out"
train without without-run --limit-train 20 >/dev/null
for file in metrics.csv predictions.csv model.safetensors; do
  cmp "skipping/$file" "without-run/$file" || fail "--skip-bad-images: $file differs"
done
grep --quiet '"skipped_images": 3' skipping/run.json || fail "run.json does not count them"
diff <(grep '"fingerprint"' skipping/run.json) <(grep '"fingerprint"' without-run/run.json) ||
  fail "--skip-bad-images: the data's fingerprint differs"
echo "inputs: bad images left out: the bytes of the folder without them"

# ---- Folders ----

refuses 66 "nowhere: no such folder" train nowhere run
refuses 66 "$image: not a folder" train "$image" run
mkdir empty
refuses 66 "empty: no folder train/ in it" train empty run
mkdir empty/train empty/val
refuses 65 "empty: no classes in train/" train empty run
mkdir empty/train/a
refuses 65 "in train/ but not in val/: a" train empty run
mkdir empty/val/a
refuses 65 "empty/train/a: no images" train empty run
ln -s circle circle
refuses 66 "circle: " train circle run

# Names that a table has to quote and a line has to escape.
mkdir -p odd
name=$'a "b", c\nd|e`f\'g 犬'
for split in train val; do
  cp -r "data/$split" "odd/$split"
  mv "odd/$split/${first##*/}" "odd/$split/$name"
  file=$(ls "odd/$split/$name" | head -n 1)
  mv "odd/$split/$name/$file" "odd/$split/$name/$name.JPEG"
done
train odd odd-run >/dev/null
"$tool" evaluate --weights odd-run/model.safetensors --data-path odd --image-size 32 \
  --predictions odd.csv >/dev/null
cmp odd-run/predictions.csv odd.csv || fail "odd names: other predictions"
grep --quiet 'a ""b"", c$' odd.csv || fail "odd names: expected quotes"
classes=$("$tool" classify --weights odd-run/model.safetensors "$image")
[[ $classes == *'a "b", c'* ]] || fail "odd names: the class is called otherwise"
echo x >"odd/train/$name/$name.JPEG"
refuses 65 'c\nd|e`f' train odd run

# The report's tables take them as well.
mkdir -p package/reports/demo/norm package/experiments/norm
cp -r "$root"/reports/{plots,reference,measurements,introduction.md} package/reports/
echo 'import Training' >package/experiments/norm/main.swift
cp -r odd-run package/reports/demo/norm/seed-0
(cd package && "$tool" weave) || fail "odd names: no report"
grep --quiet 'a "b", c\\nd' package/reports/demo/report.md || fail "odd names: not in the report"

# A single class is an odd task but not a failure.
mkdir one one/train one/val
for split in train val; do cp -r "data/$split/${first##*/}" "one/$split/"; done
[[ $(train one one-run) == *'Accuracy: 1.0' ]] || fail "one class: expected no mistakes"
for class in $(seq 1000 1999); do
  mkdir -p "thousand/train/$class" "thousand/val/$class"
  ln -s "$PWD/$image" "thousand/train/$class/x.JPEG"
  ln -s "$PWD/$image" "thousand/val/$class/x.JPEG"
done
batch=100 train thousand thousand-run >/dev/null || fail "a thousand classes: no run"
rm -r thousand/val/1500
refuses 65 "in train/ but not in val/: 1500" train thousand run
echo "inputs: missing, empty, circular and odd folders: named, or trained on"

# ---- Weights ----

evaluate() { "$tool" evaluate --weights "$1" --data-path data; }
size=$(stat -c %s clean/model.safetensors)
for length in 0 7 8 100 1000 $((size / 2)) $((size - 1)); do
  head -c "$length" clean/model.safetensors >cut.safetensors
  refuses 65 "cut.safetensors: " evaluate cut.safetensors
done
{ cat clean/model.safetensors; echo; } >more.safetensors
refuses 65 "more.safetensors: the tensors end at" evaluate more.safetensors
cp clean/model.safetensors nan.safetensors
printf '\377\377\377\377' | dd of=nan.safetensors bs=1 seek=$((size - 400)) conv=notrunc status=none
refuses 65 "holds a number that is not finite" evaluate nan.safetensors
refuses 65 "data: expected 1000 classes as in thousand-run/model.safetensors, got 2" \
  evaluate thousand-run/model.safetensors
refuses 65 "not the tensors that are needed" \
  train data run --norm none --initial-weights clean/model.safetensors
echo "inputs: damaged and foreign weights: named"

# ---- Divergence ----

# One step per epoch, in which the weight decay makes the weights about three times as large.
experiment=no-norm epochs=9 batch=40
diverging=(train data diverged --clip-grad-norm none --lr 1 --weight-decay 5 --final-relu off)
refuses 3 "; the last good checkpoint, after epoch " "${diverging[@]}"
rows=$(($(wc -l <diverged/metrics.csv) - 1))
((rows >= 1)) || fail "diverged: no rows are left"
grep --quiet "$rows epochs kept in diverged/metrics.csv" complaint || fail "diverged: other rows"
cp diverged/metrics.csv before.csv
refuses 3 "diverged earlier in diverged; --rerun repeats it" "${diverging[@]}"
status=0
"${diverging[@]}" --rerun >/dev/null 2>complaint || status=$?
[[ $status == 3 ]] || fail "diverged: expected exit code 3 again, got $status"
cmp before.csv diverged/metrics.csv || fail "diverged: other rows when resumed"
rm -r package/reports/demo package/experiments/norm
mkdir -p package/reports/demo/no-norm package/experiments/no-norm
echo 'import Training' >package/experiments/no-norm/main.swift
cp -r diverged package/reports/demo/no-norm/seed-0
(cd package && "$tool" weave) || fail "diverged: no report"
grep --quiet "diverged in epoch $((rows + 1)) of 9" package/reports/demo/report.md ||
  fail "diverged: not in the report"
echo "inputs: a training that diverges: exit code 3, its rows kept and shown"
