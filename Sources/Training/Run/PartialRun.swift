import Models
import Support

/// The results so far of a run that is not complete.
package struct PartialRun {
  /// One row per completed epoch, possibly none.
  package let metrics: Table
  /// As much of `run.json` as is known: the configuration.
  package let record: RunRecord

  /// Reads a run's folder.
  ///
  /// - Throws: `Failure` with code 66 if there is no checkpoint, 65 if it is damaged.
  package init(in folder: String) throws {
    let path = RunFile.checkpoint.path(in: folder)
    let file = try SafeTensors(contentsOf: path)
    let rows = try CSV.records(of: file[.metrics] ?? "", name: "\(path): metrics")
    guard rows.allSatisfy({ EpochMetrics(row: $0) != nil }),
      let settings = try? JSON(parsing: (file[.settings] ?? "").utf8)
    else { throw Failure(.corrupt, "\(path): the checkpoint's rows are damaged") }
    metrics = Table(columns: EpochMetrics.columns, rows: rows)
    record = RunRecord(.object(["configuration": settings]))
  }
}
