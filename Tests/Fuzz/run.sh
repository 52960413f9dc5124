#!/usr/bin/env bash
#
# Feeds mutated files to the readers of JPEG, safetensors, CSV, JSON and options:
# `Tests/Fuzz/run.sh [SECONDS] [TARGET…]`, by default 300 seconds for each of all targets. libFuzzer
# searches for inputs that reach new code; the address sanitizer watches memory. Starts from the tests'
# fixtures, keeps useful inputs in .build/fuzz-corpus, and fails with an input that breaks something, kept
# in .build/fuzz-findings. To repeat one:
#
#   FUZZ_TARGET=jpeg .build/fuzz/release/fuzz .build/fuzz-findings/jpeg-crash-…

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

seconds=${1:-300}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "fuzz: expected seconds, got '$seconds'" >&2; exit 64; }
targets=("${@:2}")
[[ ${#targets[@]} -gt 0 ]] || targets=(jpeg safetensors csv json options)

# The code as it is shipped, without the sanitizer's checks of instructions, and traceable.
SQUEEZENET_FUZZ=1 swift build -c release --quiet --scratch-path .build/fuzz --product fuzz \
  --sanitize address -Xswiftc -sanitize=fuzzer -Xcc -fsanitize=fuzzer-no-link >&2

# seed TARGET: writes small good inputs into a folder.
seed() {
  local folder=$1 number=0 file
  case ${folder##*/} in
    jpeg) cp Tests/Fixtures/pixels/*.jpeg "$folder" ;;
    safetensors)
      find Tests/Fixtures -name '*.safetensors' -size -40k -exec cp {} "$folder" \;
      ;;
    csv) find Tests/Fixtures reports -name '*.csv' -size -20k -exec cp --parents {} "$folder" \; ;;
    json)
      find reports -name run.json -exec cp --parents {} "$folder" \;
      for file in $(find Tests/Fixtures -name '*.safetensors' -size -200k); do
        # The header, whose length comes before it. `head` first: it may stop, and `tail` does not.
        head -c $((8 + $(od -An -tu8 -N8 "$file"))) "$file" | tail -c +9 \
          >"$folder/$((number += 1))"
      done
      ;;
    options)
      tr ' ' '\n' >"$folder/all" <<<"--profile demo --output-dir x --epochs 3 -b 7 --image-size 64 \
--lr 0.1 --lr-min 1e-3 --momentum .9 --weight-decay 0 --clip-grad-norm none --norm batch \
--final-relu off --sweep dropout=0,0.5 --seeds 0,1 -j 2 --limit-train 3 --limit-val 4 --augmentation none \
--shuffle off --log-steps --resume never --version --help"
      tr ' ' '\n' >"$folder/short" <<<"--epochs=3 --norm=none -- x"
      ;;
    *) echo "fuzz: no target '${folder##*/}'; there are: jpeg safetensors csv json options" >&2
       exit 64 ;;
  esac
}

mkdir -p .build/fuzz-findings
for target in "${targets[@]}"; do
  seeds=.build/fuzz-seeds/$target
  corpus=.build/fuzz-corpus/$target
  rm -rf "$seeds"
  mkdir -p "$seeds" "$corpus"
  seed "$seeds"
  echo "fuzz: $target for $seconds s"
  # Swift's own crash reporter would wait for an answer.
  if ! FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no .build/fuzz/release/fuzz "$corpus" "$seeds" \
    -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 -max_len=60000 -verbosity=0 \
    -print_final_stats=1 -artifact_prefix=".build/fuzz-findings/$target-" \
    >".build/fuzz-findings/$target.log" 2>&1 </dev/null; then
    tail -n 40 ".build/fuzz-findings/$target.log" >&2
    echo "fuzz: $target: a finding; see .build/fuzz-findings" >&2
    exit 1
  fi
  echo "fuzz: $target: $(awk '/number_of_executed_units/ { print $2 }' \
    ".build/fuzz-findings/$target.log") inputs, $(find "$corpus" -type f | wc -l) that reach other code," \
    "no finding"
done
