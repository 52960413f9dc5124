import Datasets
import Models
import Support
import TestSupport
import Testing
import Training

@Suite("Run record", .temporaryFolder)
struct RunRecordTests {
  private let folder = TemporaryFolder.path

  @Test("A run's record reads back with the classes and normalization of its data")
  func written() throws {
    try writeSmallDataset(to: "\(folder)/data")
    try Files.write(
      "wnid,name\nant,red\ncat,\"blue, mostly\"\n", to: "\(folder)/data/classes.csv")
    let own = PixelNormalization(mean: [0.1, 0.2, 0.3], standardDeviation: [1, 0.5, 0.25])
    func train(_ name: String) throws -> (record: RunRecord, weights: SafeTensors) {
      _ = try smallExperiment().begin(
        arguments: words(data: "\(folder)/data", output: "\(folder)/\(name)", "--limit-val=7")
      ).makeRuns()
      let path = RunFile.record.path(in: "\(folder)/\(name)")
      return (
        try RunRecord(parsing: try Files.readText(path), name: path),
        try SafeTensors(contentsOf: RunFile.weights.path(in: "\(folder)/\(name)"))
      )
    }
    let (record, weights) = try train("a")
    #expect(record.status == .complete)
    #expect(record.settings?.validationLimit == 7)
    #expect(record.classNames == ["red", "blue, mostly"])
    #expect(record.normalization == Imagenette.normalization)
    #expect(record.trainingImages == 20 && record.validationImages == 7)
    #expect(record.skippedImages == nil && record.blas == nil)
    #expect(record.finalWeights == SHA256.hash(weights.encoded()))
    #expect(record.threads == Parallel.threads)
    #expect(record.libjpeg?.hasPrefix("libjpeg") == true)
    #expect(
      record.gnuplot == Libraries.gnuplot && (record.gnuplot != nil) == isInstalled("gnuplot"))
    // Imagenette's statistics go without saying: the bytes of earlier weights stay.
    #expect(weights.metadata["normalization"] == nil)
    #expect(try weights.normalization(path: "") == Imagenette.normalization)

    try Files.write(own.table.text, to: "\(folder)/data/normalization.csv")
    let (other, otherWeights) = try train("b")
    #expect(other.normalization == own)
    #expect(other.dataFingerprint != record.dataFingerprint)
    #expect(other.initialWeights != nil && other.finalWeights != record.finalWeights)
    #expect(try otherWeights.normalization(path: "") == own)
  }

  @Test("Reading a record tolerates missing entries but not malformed JSON")
  func incomplete() throws {
    let record = try RunRecord(
      parsing: #"{"commit": "unknown", "data": {"normalization": {"mean": [1]}}}"#, name: "x")
    #expect(record.commit == nil && record.status == nil && record.settings == nil)
    #expect(record.normalization == nil && record.classNames == nil && record.isDirty == nil)
    #expect(throws: Failure.self) { try RunRecord(parsing: "{", name: "x") }
    // A name that was dropped would shift the labels after it.
    let names = try RunRecord(
      parsing: #"{"data": {"class_names": ["tench", 7, "church"]}}"#, name: "x")
    #expect(names.classNames == nil)
  }

  @Test("A path identifies the kind of a run's file", arguments: RunFile.allCases)
  func files(file: RunFile) {
    #expect(RunFile(path: file.path(in: "reports/demo/norm")) == file)
    #expect(RunFile(path: file.name) == file)
    #expect(RunFile(path: "\(file.name)/x") == nil)
  }
}
