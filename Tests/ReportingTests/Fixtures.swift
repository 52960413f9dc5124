import Support
import TestSupport
import Testing

extension MockPackage {
  /// Three experiments, two of them run, one of these a sweep.
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
      //: Best {{best_rate}}, {{0.50.val_accuracy}} at 0.50, {{norm:val_accuracy}} without.
      """, to: "experiments/dropout/main.swift")
    try write("import Training\n", to: "experiments/later/main.swift")
    try writeRun("reports/\(profile)/norm", accuracies: ["0.5", "0.75", "0.7"])
    try write(
      "epoch,step,learning_rate,loss,gradient_norm\n1,1,0.01,2.3,4\n1,2,0.01,9,1234.5\n",
      to: "reports/\(profile)/norm/unclipped/steps.csv")
    try write(
      """
      dropout,epochs,train_loss,train_accuracy,val_loss,val_accuracy,best_val_accuracy,best_epoch
      0,2,0.1,0.9,0.5,0.8,0.8,2
      0.5,2,0.2,0.85,0.4,0.82,0.83,1

      """, to: "reports/\(profile)/dropout/summary.csv")
    try writeRun("reports/\(profile)/dropout/0.00", accuracies: ["0.6", "0.8"])
    try writeRun("reports/\(profile)/dropout/0.50", accuracies: ["0.83", "0.82"])
    try write(
      """
      layer,type,output_shape,parameters,multiply_adds
      conv1,Conv2D 3×3,64 × 31 × 31,1792,1660608
      classifier,Conv2D 1×1,10,5130,5120

      """, to: "reports/\(profile)/architecture.csv")
  }

  func writeRun(_ folder: String, accuracies: [String]) throws {
    var metrics = metricsHeader
    for (index, accuracy) in accuracies.enumerated() {
      metrics += "\(index + 1),0.01,1.5,0.9,0.5,\(accuracy),2,\(index == 1 ? "inf" : "30"),4\n"
    }
    try write(metrics, to: folder + "/metrics.csv")
    try write(
      """
      index,path,label,predicted,loss,probability
      0,val/n01440764/a.JPEG,0,0,0.1,0.9
      1,val/n01440764/b.JPEG,0,1,3.25,0.8
      2,val/n02102040/c.JPEG,1,1,0.2,0.8

      """, to: folder + "/predictions.csv")
    try write(
      "filter,row,column,red,green,blue\n0,0,0,-0.5,0,0.25\n1,0,0,0.1,0.1,0.1\n",
      to: folder + "/filters.csv")
    try write(
      """
      {"seed": 18446744073709551615, "parameters": 733514, "engine": "direct",
       "configuration": {"batch_size": 32, "clip_grad_norm": 1, "lr": 0.01, "shuffle": true},
       "weights": {"final": "\(SHA256.hash(Array(folder.utf8)))"},
       "volatile": {"host": "somewhere", "seconds": 12.5}}
      """, to: folder + "/run.json")
  }
}

let metricsHeader =
  "epoch,learning_rate,train_loss,train_accuracy,val_loss,val_accuracy,"
  + "gradient_norm_mean,gradient_norm_max,clipped_steps\n"
