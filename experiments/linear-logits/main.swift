//: # Linear logits
//:
//: ## Question
//:
//: In the notebook's SqueezeNet a ReLU follows the last convolution, conv10, so no logit is ever
//: negative. A class whose logit is 0 on all images gets no gradient and stays there: it is silenced,
//: and which classes meet that fate is a matter of the seed. How much of the spread over seeds, and of
//: what dropout seems to bring, is this silencing?

import Training

var experiment = Experiment("linear-logits", "Batch norm without the last ReLU")

//: ## Data
//:
//: The same as for the other experiments: profile {{configuration.profile}} at
//: {{configuration.image_size}} px.

//: ## Model
//:
//: That of [batch norm](#batch-norm) with one change: the logits are the averages of what the last
//: convolution computes, negative or not. The number of parameters stays {{parameters}}. The
//: seeds are the same, too, and with them the initial weights and the order of the images.

experiment.model.normalization = .batch
experiment.model.hasFinalReLU = false

//: ## Recipe
//:
//: The baseline recipe, unchanged.

//: ## Training

experiment.begin().train()

//: ## Result
//:
//: The validation accuracy is {{val_accuracy.summary}}, with the ReLU
//: {{norm:val_accuracy.summary}}: a difference of {{val_accuracy.difference(norm)}}. With the ReLU,
//: {{norm:silenced_classes}} classes were silenced, seed by seed. Over the images of the classes that no
//: seed silences, {{alive_classes(norm)}} of them, the difference is {{alive_difference(norm)}}. The
//: first difference counts the images of the others, too, and with them the silencing.
//:
//: The same goes for the spread over seeds. Its standard deviation is {{val_accuracy.sd}} here and
//: {{norm:val_accuracy.sd}} with the ReLU. Over the classes alive in both, the accuracies are
//: {{alive_accuracy(norm)}} here and {{norm:alive_accuracy(linear-logits)}} with the ReLU. A class need not
//: be silenced to be never predicted: seed by seed, there are {{never_predicted_classes}} such classes here
//: and {{norm:never_predicted_classes}} with the ReLU.
//:
//: As for [dropout](#dropout): at a rate of 0.5 it changes the accuracy of the network with the ReLU by
//: {{dropout:dropout-0.5.val_accuracy.difference(dropout-0)}}. Part of that, too, may be that fewer classes
//: are silenced; over the classes alive with and without dropout, what is left is
//: {{dropout:dropout-0.5.alive_difference(dropout-0)}}.
