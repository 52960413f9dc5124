//: # Dropout
//:
//: ## Question
//:
//: SqueezeNet's authors apply dropout before the last convolution. The notebook's training function
//: takes a dropout rate, but the notebook only ever passes 0. Does dropout help a network that
//: already has batch norm?

import Training

var experiment = Experiment("dropout", "A sweep over the dropout rate, with batch norm")

//: ## Data
//:
//: The same as for the other experiments: profile {{configuration.profile}} at
//: {{configuration.image_size}} px.

//: ## Model
//:
//: The notebook's SqueezeNet with batch norm. During training, each input of the last convolution
//: is set to zero with the given probability, and the remaining ones are scaled up to compensate.

experiment.model.normalization = .batch
experiment.sweep("dropout", over: [0, 0.25, 0.5, 0.75])

//: ## Recipe
//:
//: The baseline recipe, unchanged: {{configuration.epochs}} epochs for every rate.

//: ## Training
//:
//: One run for each rate and seed. The runs of a seed start from the same weights and see the same
//: images in the same order, so they are compared in pairs.

experiment.begin().train()

//: ## Result
//:
//: The validation accuracies after the last epoch, and their differences from those without dropout:
//:
//: | rate | accuracy | difference | silenced classes by seed |
//: | --- | --- | --- | --- |
//: | 0 | {{dropout-0.val_accuracy.summary}} | | {{dropout-0.silenced_classes}} |
//: | 0.25 | {{dropout-0.25.val_accuracy.summary}} | {{dropout-0.25.val_accuracy.difference(dropout-0)}} | {{dropout-0.25.silenced_classes}} |
//: | 0.5 | {{dropout-0.5.val_accuracy.summary}} | {{dropout-0.5.val_accuracy.difference(dropout-0)}} | {{dropout-0.5.silenced_classes}} |
//: | 0.75 | {{dropout-0.75.val_accuracy.summary}} | {{dropout-0.75.val_accuracy.difference(dropout-0)}} | {{dropout-0.75.silenced_classes}} |
//:
//: The training accuracies, measured with dropout active, were {{dropout-0.train_accuracy}},
//: {{dropout-0.25.train_accuracy}}, {{dropout-0.5.train_accuracy}} and {{dropout-0.75.train_accuracy}}.
//:
//: The table mixes two effects. Dropout regularizes, and it also changes which classes the ReLU after
//: the last convolution silences: a silenced class costs its whole share of the images, whatever the
//: rest of the network has learned. Two comparisons keep them apart. Over the classes that are alive with
//: and without dropout, the difference at a rate of 0.5 is
//: {{dropout-0.5.alive_difference(dropout-0)}}. And a network without that ReLU cannot silence a
//: class at all: [linear logits](#linear-logits) reach {{linear-logits:val_accuracy.summary}} without
//: any dropout, and dropout at a rate of 0.5 differs from them by
//: {{dropout-0.5.val_accuracy.difference(linear-logits)}}.
