import Models
import Support

/// What a run that is not complete has brought so far.
package struct PartialRun {
  /// A row for every epoch that is done, none or more.
  package let metrics: Table
  /// The run's configuration, as `run.json` has it.
  package let configuration: JSON

  /// Reads a run's folder.
  ///
  /// - Throws: `Failure` with code 66 where it has no checkpoint, 65 where that is damaged.
  package init(in folder: String) throws {
    let path = RunFile.checkpoint.path(in: folder)
    let file = try SafeTensors(contentsOf: path)
    let rows = try CSV.records(of: file.metadata["metrics"] ?? "", name: "\(path): metrics")
    guard rows.allSatisfy({ EpochMetrics(row: $0) != nil }),
      let settings = try? JSON(parsing: (file.metadata["settings"] ?? "").utf8)
    else { throw Failure(.corrupt, "\(path): the checkpoint's rows are damaged") }
    metrics = Table(columns: EpochMetrics.columns, rows: rows)
    configuration = settings
  }
}
