import Datasets
import Models
import NeuralNetwork
import Support

/// What a network says about one image.
package struct Prediction: Equatable, Sendable {
  /// The image's place in the split, from 0.
  package var index: Int
  /// The image's file, relative to the data's folder.
  package var path: String
  /// The class that the image shows.
  package var label: Int
  /// The class with the largest logit, the first of equals.
  package var predicted: Int
  /// The cross entropy of the label.
  package var loss: Double
  /// Of the predicted class, 0 ... 1.
  package var probability: Double
  /// One number a class.
  package var logits: [Float]

  /// The columns of `predictions.csv`.
  package static let columns = ["index", "path", "label", "predicted", "loss", "probability"]

  /// The fields of a row of `predictions.csv`.
  package var row: [String] {
    [
      "\(index)", path, "\(label)", "\(predicted)", CSV.format(loss), CSV.format(probability),
    ]
  }
}

/// A network's predictions for a whole split.
package struct Evaluation: Sendable {
  /// One an image, in the order of the split.
  package var predictions: [Prediction]
  /// The mean over batches of their mean losses, as the notebook computes it.
  package var loss: Double

  /// The images whose prediction is their label.
  package var correct: Int { predictions.count { $0.predicted == $0.label } }

  /// The share of right predictions, 0 ... 1.
  package var accuracy: Double { Double(correct) / Double(predictions.count) }

  /// The classes that the network hardly ever speaks for: those whose logit is not above 0 on at
  /// least 99 % of the images. A ReLU after the last convolution can silence a class so.
  package var silencedClasses: [Int] {
    (0..<(predictions.first?.logits.count ?? 0)).filter { c in
      predictions.count { $0.logits[c] <= 0 } * 100 >= predictions.count * 99
    }
  }

  /// The rows of `predictions.csv`.
  package var table: Table {
    Table(columns: Prediction.columns, rows: predictions.map(\.row))
  }

  /// The logits at full precision: `index,path,logit_0,…`.
  package var logitsTable: Table {
    let classes = predictions.first?.logits.count ?? 0
    return Table(
      columns: ["index", "path"] + (0..<classes).map { "logit_\($0)" },
      rows: predictions.map { ["\($0.index)", $0.path] + $0.logits.map(CSV.format) })
  }
}

/// Classifies all images of a split in order.
///
/// Each image's logits depend on the image alone, not on those it shares a batch with.
///
/// - Parameters:
///   - network: The network; its running statistics are used.
///   - loader: The images, unshuffled.
///   - isCancelled: Asked before every batch; `true` ends the evaluation.
/// - Returns: The predictions, `nil` where the evaluation was ended.
package func evaluate(
  _ network: SqueezeNet, on loader: Loader, isCancelled: () -> Bool = { false }
) -> Evaluation? {
  var predictions: [Prediction] = []
  var lossSum = 0.0
  var batches = 0
  for batch in loader.batches(epoch: 1) {
    if isCancelled() { return nil }
    let logits = network.logits(of: batch.images)
    let loss = softmaxCrossEntropy(logits: logits, labels: batch.labels)
    let classes = logits.shape.channels
    let elements = logits.elements
    for (i, sample) in batch.samples.enumerated() {
      predictions.append(
        Prediction(
          index: sample, path: loader.dataset.samples[sample].path, label: batch.labels[i],
          predicted: loss.predictions[i], loss: loss.losses[i],
          probability: loss.probabilities[i],
          logits: Array(elements[i * classes..<(i + 1) * classes])))
    }
    lossSum += loss.mean
    batches += 1
  }
  return Evaluation(predictions: predictions, loss: lossSum / Double(batches))
}
