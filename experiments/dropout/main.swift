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
//: One run per rate, all from the same seed: they start from the same weights and see the same
//: images in the same order.

experiment.begin().train()

//: ## Result
//:
//: The validation accuracy after the last epoch was {{dropout-0.val_accuracy}} without dropout,
//: {{dropout-0.25.val_accuracy}} at a rate of 0.25, {{dropout-0.5.val_accuracy}} at 0.5 and {{dropout-0.75.val_accuracy}}
//: at 0.75. The training accuracies, measured with dropout active, were {{dropout-0.train_accuracy}},
//: {{dropout-0.25.train_accuracy}}, {{dropout-0.5.train_accuracy}} and {{dropout-0.75.train_accuracy}}.
