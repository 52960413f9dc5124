import Support
import TestSupport
import Testing

extension MockPackage {
  /// Three experiments. `norm` has three seeds; `dropout` two arms, the first of three seeds, one of which
  /// silences a class, the second of two; `later` has not been run.
  func writeResults(profile: String = "demo") throws {
    try linkReportSources()
    try write(
      """
      //: # Batch norm
      import Training
      //: ## Result
      //: After {{epochs}} epochs {{val_accuracy}}; unclipped {{unclipped.gradient_norm_max}}.
      """, to: "experiments/norm/main.swift")
    try write(
      """
      //: # Dropout
      //: Best {{val_accuracy}}, {{dropout-0.5.val_accuracy}} at 0.5, {{norm:val_accuracy}} without.
      """, to: "experiments/dropout/main.swift")
    try write("import Training\n", to: "experiments/later/main.swift")
    let folder = "reports/\(profile)"
    try writeRun("\(folder)/norm/seed-0", accuracies: ["0.5", "0.75", "0.7"])
    try writeRun("\(folder)/norm/seed-1", accuracies: ["0.5", "0.7", "0.8"])
    try writeRun("\(folder)/norm/seed-2", accuracies: ["0.5", "0.65", "0.6"])
    try write(
      "epoch,step,learning_rate,loss,gradient_norm\n1,1,0.01,2.3,4\n1,2,0.01,9,1234.5\n",
      to: "\(folder)/norm/seed-0/unclipped/steps.csv")
    try writeRun("\(folder)/dropout/dropout-0/seed-0", accuracies: ["0.6", "0.8"])
    try writeRun(
      "\(folder)/dropout/dropout-0/seed-1", accuracies: ["0.6", "0.9"], silenced: [1])
    try writeRun("\(folder)/dropout/dropout-0/seed-2", accuracies: ["0.6", "0.7"])
    try writeRun("\(folder)/dropout/dropout-0.5/seed-0", accuracies: ["0.83", "0.82"])
    try writeRun("\(folder)/dropout/dropout-0.5/seed-1", accuracies: ["0.83", "0.86"])
    try write(
      """
      layer,type,output_shape,parameters,multiply_adds
      conv1,Conv2D 3×3,64 × 31 × 31,1792,1660608
      classifier,Conv2D 1×1,10,5130,5120

      """, to: "\(folder)/architecture.csv")
  }

  /// Writes the files of a complete run into a folder called after its seed, with a validation accuracy for
  /// every epoch. Of the two classes, the silenced ones are never predicted.
  func writeRun(_ folder: String, accuracies: [String], silenced: [Int] = []) throws {
    var metrics = metricsHeader
    for (index, accuracy) in accuracies.enumerated() {
      metrics += "\(index + 1),0.01,1.5,0.9,0.5,\(accuracy),2,\(index == 1 ? "inf" : "30"),4\n"
    }
    try write(metrics, to: folder + "/metrics.csv")
    func alive(_ predicted: Int) -> Int { silenced.contains(predicted) ? 1 - predicted : predicted }
    try write(
      """
      index,path,label,predicted,loss,probability
      0,val/n01440764/a.JPEG,0,\(alive(0)),0.1,0.9
      1,val/n01440764/b.JPEG,0,\(alive(1)),3.25,0.8
      2,val/n02102040/c.JPEG,1,\(alive(1)),0.2,0.8

      """, to: folder + "/predictions.csv")
    try write(
      "filter,row,column,red,green,blue\n0,0,0,-0.5,0,0.25\n1,0,0,0.1,0.1,0.1\n",
      to: folder + "/filters.csv")
    try write(
      """
      {"status": "complete", "seed": \(folder.split(separator: "-").last ?? "0"),
       "parameters": 733514, "engine": "direct", "silenced_classes": \(silenced),
       "configuration": {"batch_size": 32, "clip_grad_norm": 1, "lr": 0.01, "shuffle": true},
       "weights": {"final": "\(SHA256.hash(Array(folder.utf8)))"},
       "volatile": {"host": "somewhere", "seconds": 12.5}}
      """, to: folder + "/run.json")
  }
}

let metricsHeader =
  "epoch,learning_rate,train_loss,train_accuracy,val_loss,val_accuracy,"
  + "gradient_norm_mean,gradient_norm_max,clipped_steps\n"
