#!/bin/sh
# Makes experiments/NAME/main.swift, a literate script to start from.
# Exit codes: 64 for an unusable name, 73 where the file cannot be made.
set -eu

name=${1-}
case $name in
  "" | *[!a-z0-9-]* | -* | *-)
    echo "NAME: expected lower-case letters, digits and hyphens, got '$name'" >&2
    exit 64
    ;;
esac

folder=$(dirname "$0")/../experiments/$name
if [ -e "$folder" ]; then
  echo "experiments/$name: already there; choose another NAME" >&2
  exit 73
fi
if ! mkdir -p "$folder" 2>/dev/null; then
  echo "experiments/$name: cannot create folder" >&2
  exit 73
fi

cat >"$folder/main.swift.partial" <<END
//: # The question, in a few words
//:
//: What should this experiment show, and what do we expect? It starts as \`norm\`, batch norm without
//: clipping; change one thing and say why.
import Training

var experiment = Experiment("$name")

//: ## Data
//:
//: The data and the length of the training come with the profile, which is chosen on the command
//: line.

//: ## Model
//:
//: SqueezeNet with simple bypass.
experiment.model.normalization = .batch

//: ## Recipe
//:
//: Only what differs from the baseline is stated.
experiment.recipe.weightDecay = 1e-4

//: ## Training
experiment.train()

//: ## Result
//:
//: After {{epochs}} epochs the validation accuracy is {{val_accuracy}}, at best
//: {{best_val_accuracy}} in epoch {{best_epoch}}.
END
mv "$folder/main.swift.partial" "$folder/main.swift"
echo "experiments/$name/main.swift is there; run it: make experiment-$name"
