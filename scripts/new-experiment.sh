#!/bin/sh
# Makes experiments/NAME/main.swift, a literate script to start from.
# Exit codes: 64 for a name that cannot be used, 73 where the file cannot be created.
set -eu
export LC_ALL=C

name=${1-}
case $name in
  "" | *[!a-z0-9-]* | -* | *-)
    echo "NAME: expected lower-case letters, digits and inner hyphens, got '$name';" \
      "for example: make new-experiment NAME=label-smoothing" >&2
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
title=$(printf %s "$name" | tr - ' ' | sed 's/^./\U&/')

cat >"$folder/main.swift.partial" <<END
//: # $title
//:
//: ## Question
//:
//: What should this experiment show, and what do you expect? It starts out as \`norm\`: batch norm, no
//: clipping. Change one thing and say why.

import Training

var experiment = Experiment("$name", "One line for --help")

//: ## Data
//:
//: The same as in the other experiments: profile {{configuration.profile}} at
//: {{configuration.image_size}} px.

//: ## Model
//:
//: The notebook's SqueezeNet with batch norm: {{parameters}} parameters.

experiment.model.normalization = .batch

//: ## Recipe
//:
//: The baseline recipe with one change: a weight decay of {{configuration.weight_decay}}.

experiment.recipe.weightDecay = 1e-4

//: ## Training
//:
//: One run for each of the profile's seeds. To compare several values of a setting, say so in a line before
//: the last: \`experiment.sweep("weight-decay", over: [0, 1e-4, 1e-3])\`.

experiment.begin().train()

//: ## Result
//:
//: After {{epochs}} epochs the validation accuracy is {{val_accuracy.summary}}, that of the best epochs
//: {{best_val_accuracy.summary}}. With batch norm alone it is {{norm:val_accuracy.summary}}.
END
mv "$folder/main.swift.partial" "$folder/main.swift"
echo "made experiments/$name/main.swift; run it: make experiment-$name"
