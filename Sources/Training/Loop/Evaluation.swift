import Datasets
import Models
import NeuralNetwork
import Support

/// The prediction of a network for one image.
package struct Prediction: Equatable, Sendable {
  /// The index of the image in its split, from 0.
  package var index: Int
  /// The image's file, relative to the folder of the data.
  package var path: String
  /// The true class.
  package var label: Int
  /// The class with the largest logit; the first of those with equal logits.
  package var predicted: Int
  /// The cross-entropy loss.
  package var loss: Double
  /// The probability of the predicted class, 0...1.
  package var probability: Double
  /// One logit per class.
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
  /// One prediction per image, in the order of the split.
  package var predictions: [Prediction]
  /// The mean over the batches of their mean losses, as in the notebook.
  package var loss: Double

  /// The number of images classified correctly.
  package var correct: Int { predictions.count { $0.predicted == $0.label } }

  /// The fraction of images classified correctly, 0...1.
  package var accuracy: Double { Double(correct) / Double(predictions.count) }

  /// The classes that the network (almost) never predicts: those whose logit is at most 0 for 99 % of
  /// the images or more. A ReLU after the last convolution can silence a class for good.
  package var silencedClasses: [Int] {
    (0..<(predictions.first?.logits.count ?? 0)).filter { c in
      predictions.count { $0.logits[c] <= 0 } * 100 >= predictions.count * 99
    }
  }

  /// The predictions as `predictions.csv`.
  package var table: Table {
    Table(columns: Prediction.columns, rows: predictions.map(\.row))
  }

  /// The logits at full precision, `index,path,logit_0,…`.
  package var logitsTable: Table {
    let classes = predictions.first?.logits.count ?? 0
    return Table(
      columns: ["index", "path"] + (0..<classes).map { "logit_\($0)" },
      rows: predictions.map { ["\($0.index)", $0.path] + $0.logits.map(CSV.format) })
  }
}

/// Classifies all images of a split, in order.
///
/// The logits of an image depend on that image alone, not on the others in its batch.
///
/// - Parameters:
///   - network: The network; it normalizes by its running statistics.
///   - loader: The images, unshuffled.
///   - isCancelled: Called before every batch; ends the evaluation by returning `true`.
/// - Returns: The predictions; `nil` if the evaluation was cancelled.
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
