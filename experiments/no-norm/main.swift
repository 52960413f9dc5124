//: # No normalization, gradients clipped
//:
//: ## Question
//:
//: Can SqueezeNet be trained without any normalization, as its authors did? The first gradients are
//: so large that, at the notebook's learning rate, a few steps destroy the network. The notebook's
//: remedy is to clip the gradient norm. What does that cost?

import Training

var experiment = Experiment("no-norm", "SqueezeNet without normalization, gradients clipped")

//: ## Data
//:
//: Ten classes of images. Training images are resized to one of three sizes, rotated by up to 10°,
//: cropped and mirrored, all at random; validation images are resized to one size and cropped at
//: the center. The profile determines which images and at what size: here
//: {{configuration.profile}}, at {{configuration.image_size}} px.

//: ## Model
//:
//: The notebook's SqueezeNet, unchanged, with {{parameters}} parameters. It is the baseline of all
//: experiments, so there is nothing to set.

//: ## Recipe
//:
//: The baseline is the notebook's recipe: stochastic gradient descent with momentum
//: {{configuration.momentum}}, a learning rate that falls along half a cosine from
//: {{configuration.lr}} to {{configuration.lr_min}}, batches of {{configuration.batch_size}}
//: images, no weight decay. One thing is added: if the norm of all gradients together exceeds
//: {{configuration.clip_grad_norm}}, they are scaled down to it before the step.

experiment.recipe.gradientNormLimit = 1

//: ## Training
//:
//: One run for each seed, and beside it a short one that shows why: the same initial weights and the same
//: data, at the notebook's learning rate but without clipping, recorded step by step.

experiment.trainBriefly(steps: 30, into: "unclipped") {
  $0.recipe.gradientNormLimit = nil
  $0.recipe.learningRate = 0.01
}
experiment.begin().train()

//: ## Result
//:
//: Without clipping, the first seed's gradient norm reached {{unclipped.gradient_norm_max}}, and within
//: {{unclipped.steps}} steps the loss went from {{unclipped.first_loss}} to
//: {{unclipped.last_loss}}, with a final gradient norm of {{unclipped.gradient_norm_last}}. A loss
//: of ln 10 ≈ 2.3026 with zero gradient means a dead network: the ReLU after the last convolution
//: holds every logit at 0, and no gradient can revive them. The other way to fail is a loss that
//: grows without bound.
//:
//: With clipping, {{clipped_steps}} steps of the first seed's run were scaled down in {{epochs}}
//: epochs. The network reached a validation accuracy of {{val_accuracy.summary}}, seed by seed
//: {{val_accuracy.per_seed}}, at a training loss of {{train_loss}} and a validation loss of {{val_loss}};
//: the best epochs reached {{best_val_accuracy}}. The numbers of silenced classes, those whose logit is 0 on
//: at least 99 % of the validation images, are {{silenced_classes}}, seed by seed; those of classes that no
//: prediction names are {{never_predicted_classes}}.
