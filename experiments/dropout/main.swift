//: # Dropout
//:
//: ## Question
//:
//: SqueezeNet's authors put dropout before the last convolution. The notebook's training function
//: takes its rate as an argument, but the notebook only ever passes 0. Does it help a network that has
//: batch norm already?

import Training

var experiment = Experiment("dropout", "A sweep over the dropout rate, with batch norm")

//: ## Data
//:
//: The same as for the other experiments: profile {{configuration.profile}} at
//: {{configuration.image_size}} px.

//: ## Model
//:
//: The notebook's SqueezeNet with batch norm. In training each of the numbers that enter the last
//: convolution is set to zero with the probability under test, and the others are scaled up to make
//: up for it.

experiment.model.normalization = .batch
experiment.dropoutRates = [0, 0.25, 0.5, 0.75]

//: ## Recipe
//:
//: The baseline, unchanged, as for batch norm alone: {{configuration.epochs}} epochs for every rate.

//: ## Training
//:
//: One run a rate, all from the same seed: they start from the same weights and see the same images
//: in the same order.

experiment.begin().sweep()

//: ## Result
//:
//: The validation accuracy after the last epoch was {{0.00.val_accuracy}} without dropout,
//: {{0.25.val_accuracy}} at a rate of 0.25, {{0.50.val_accuracy}} at 0.5 and {{0.75.val_accuracy}} at
//: 0.75. The training accuracies, measured with dropout at work, were {{0.00.train_accuracy}},
//: {{0.25.train_accuracy}}, {{0.50.train_accuracy}} and {{0.75.train_accuracy}}.
