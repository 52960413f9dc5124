//: # Batch norm
//:
//: ## Question
//:
//: Without normalization, this network trains only if its gradients are clipped. What does batch
//: norm change: how fast does the network learn, and how accurate does it become?

import Training

var experiment = Experiment("norm", "SqueezeNet with batch norm, without gradient clipping")

//: ## Data
//:
//: Ten classes of images. Training images are resized to one of three sizes, rotated by up to 10°,
//: cropped and mirrored, all at random; validation images are resized to one size and cropped at
//: the center. The profile determines which images and at what size: here
//: {{configuration.profile}}, at {{configuration.image_size}} px.

//: ## Model
//:
//: The notebook's SqueezeNet with a batch norm between every convolution and its ReLU, except after
//: the last convolution: {{parameters}} parameters.

experiment.model.normalization = .batch

//: ## Recipe
//:
//: The baseline recipe, unchanged: {{configuration.epochs}} epochs with a learning rate from
//: {{configuration.lr}} to {{configuration.lr_min}} and batches of {{configuration.batch_size}}
//: images. A normalized network is insensitive to the scale of its weights, so a large step does no
//: lasting harm, and nothing is clipped.

//: ## Training
//:
//: One run for each seed.

experiment.begin().train()

//: ## Result
//:
//: After {{epochs}} epochs the network classifies {{val_accuracy.summary}} of the validation images
//: correctly, without normalization {{no-norm:val_accuracy.summary}}. Seed by seed that is a difference of
//: {{val_accuracy.difference(no-norm)}}. The training loss ended at {{train_loss}}, the validation loss
//: at {{val_loss}}; the best epochs reached {{best_val_accuracy}}. The largest gradient norm of the first
//: seed's run was {{gradient_norm_max}}.
//:
//: The numbers of classes silenced by the ReLU after the last convolution, those whose logit is 0 on at
//: least 99 % of the validation images, are {{silenced_classes}}, seed by seed. Over the classes that are
//: alive both with and without normalization, the difference is {{alive_difference(no-norm)}}.
