//: # No normalization, gradients clipped
//:
//: ## Question
//:
//: Can SqueezeNet be trained without any normalization, as its authors did? The first gradients are
//: so large that at the notebook's learning rate a few steps destroy the network. Clipping their norm
//: is the notebook's remedy. What does it cost?

import Training

var experiment = Experiment("no-norm", "SqueezeNet without normalization, gradients clipped")

//: ## Data
//:
//: Ten classes of images. For training, each image is resized at random to one of three sizes,
//: rotated by up to 10°, cropped and mirrored; for validation it is resized to one size and cropped
//: in the center. The profile says which images and how large: here {{configuration.profile}}, at
//: {{configuration.image_size}} px.

//: ## Model
//:
//: The notebook's SqueezeNet as it stands, with {{parameters}} trained numbers. It is the baseline of
//: all experiments, so there is nothing to state.

//: ## Recipe
//:
//: The baseline is the notebook's recipe: stochastic gradient descent with momentum
//: {{configuration.momentum}}, a learning rate that falls along half a cosine from
//: {{configuration.lr}} to {{configuration.lr_min}}, batches of {{configuration.batch_size}} images,
//: no weight decay. One thing is added: where the norm of all gradients together is above
//: {{configuration.clip_grad_norm}}, they are scaled down to it before the step.

experiment.recipe.gradientNormLimit = 1

//: ## Training
//:
//: First a short arm that shows why: the same start and the same data, at the notebook's learning rate
//: without clipping. Its steps are recorded one by one. Then the training itself.

let session = experiment.begin()
session.trainBriefly(steps: 30, into: "unclipped") {
  $0.recipe.gradientNormLimit = nil
  $0.recipe.learningRate = 0.01
}
session.train()

//: ## Result
//:
//: Without clipping, the gradient norm reached {{unclipped.gradient_norm_max}}, and in
//: {{unclipped.steps}} steps the loss went from {{unclipped.first_loss}} to {{unclipped.last_loss}} with
//: a gradient norm of {{unclipped.gradient_norm_last}} at the end. A loss of ln 10 ≈ 2.3026 with a
//: gradient of zero is a dead network: the ReLU behind the last convolution holds every logit at 0, and
//: nothing can bring them back. A loss without bounds is the other way to end.
//:
//: With it, {{clipped_steps}} steps were scaled down in {{epochs}} epochs, and the network ended at a
//: validation accuracy of {{val_accuracy}} (training loss {{train_loss}}, validation loss
//: {{val_loss}}); its best epoch was {{best_epoch}} with {{best_val_accuracy}}. The number of silenced
//: classes, whose logit is 0 on at least 99 % of the validation images, is {{silenced_classes}}.
