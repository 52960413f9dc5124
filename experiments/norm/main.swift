//: # Batch norm
//:
//: ## Question
//:
//: Without normalization this network trains only with its gradients clipped. What does batch norm
//: change: how fast does the network learn, and how far does it get?

import Training

var experiment = Experiment("norm", "SqueezeNet with batch norm, without gradient clipping")

//: ## Data
//:
//: Ten classes of images. For training, each image is resized at random to one of three sizes,
//: rotated by up to 10°, cropped and mirrored; for validation it is resized to one size and cropped
//: in the center. The profile says which images and how large: here {{configuration.profile}}, at
//: {{configuration.image_size}} px.

//: ## Model
//:
//: The notebook's SqueezeNet, with a batch norm between every convolution and its ReLU except after
//: the last one: {{parameters}} trained numbers.

experiment.model.normalization = .batch

//: ## Recipe
//:
//: The baseline, unchanged: {{configuration.epochs}} epochs from a learning rate of
//: {{configuration.lr}} to {{configuration.lr_min}} in batches of {{configuration.batch_size}} images.
//: A normalized network does not notice the scale of its weights, so that a large step does it no
//: lasting harm, and nothing is clipped.

//: ## Training

experiment.begin().train()

//: ## Result
//:
//: After {{epochs}} epochs the network classifies {{val_accuracy}} of the validation images
//: correctly, where without normalization it was {{no-norm:val_accuracy}}; its best epoch was
//: {{best_epoch}} with {{best_val_accuracy}}. The training loss ended at {{train_loss}}, the validation
//: loss at {{val_loss}}. The largest gradient norm of any step was {{gradient_norm_max}}. The number of
//: classes that the ReLU behind the last convolution silenced, whose logit is 0 on at least 99 % of the
//: validation images, is {{silenced_classes}}.
