//: # No normalization, gradients clipped
//:
//: ## Question
//:
//: Can SqueezeNet be trained without any normalization, as its authors did? At the notebook's learning
//: rate the first gradients are so large that a few steps destroy the network. Clipping their norm is
//: the notebook's remedy. What does it cost?

import Training

var experiment = Experiment("no-norm", "SqueezeNet without normalization, gradients clipped")

//: ## Data
//:
//: Ten classes of images. For training, each image is resized at random to one of three sizes,
//: rotated by up to 10°, cropped and mirrored; for validation it is resized to one size and cropped
//: in the center. This run used profile {{configuration.profile}} at {{configuration.image_size}} px.

//: ## Model
//:
//: The notebook's SqueezeNet as it stands: {{parameters}} trained numbers.

experiment.model.normalization = .none

//: ## Recipe
//:
//: The notebook's recipe, with one addition: where the norm of all gradients together is above
//: {{configuration.clip_grad_norm}}, they are scaled down to it before the step.

experiment.recipe.gradientNormLimit = 1

//: ## Training
//:
//: First a short arm that shows why: the same start, the same data, a few steps without clipping. Its
//: steps are recorded one by one. Then the training itself.

let session = experiment.begin()
session.trainBriefly(steps: 30, into: "unclipped") { $0.recipe.gradientNormLimit = nil }
session.train()

//: ## Result
//:
//: Without clipping, the loss went from {{unclipped.first_loss}} to {{unclipped.last_loss}} in
//: {{unclipped.steps}} steps, and the gradient norm reached {{unclipped.gradient_norm_max}}.
//:
//: With it, {{clipped_steps}} steps were scaled down in {{epochs}} epochs, and the network ended at a
//: validation accuracy of {{val_accuracy}} (training loss {{train_loss}}, validation loss
//: {{val_loss}}); its best epoch was {{best_epoch}} with {{best_val_accuracy}}.
