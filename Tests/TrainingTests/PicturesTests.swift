import Datasets
import Foundation
import Support
import TestSupport
import Testing
import Training

@Suite("Pictures", .serialized, .temporaryFolder)
struct PicturesTests {
  private let folder = TemporaryFolder.path

  private static let names = ["samples.jpeg", "mistakes.jpeg", "filters.csv"]

  private func files(_ folder: String) throws -> [String: [UInt8]] {
    try Self.names.reduce(into: [:]) { $0[$1] = try Files.read("\(folder)/\($1)") }
  }

  /// A run that has learned nothing yet, so that it is wrong about something.
  private func run(in folder: String, _ more: String...) throws -> String {
    try writeSmallDataset(to: "\(folder)/data")
    _ = try smallExperiment().begin(
      arguments: words(data: "\(folder)/data", output: "\(folder)/run", ["--lr=1e-9"] + more)
    ).makeRuns()
    return "\(folder)/run"
  }

  @Test("A run writes samples with one row per class, mistakes and its first filters")
  func written() throws {
    let run = try run(in: folder)
    // Eight images per class, two classes, 32 pixels wide, 4 pixels apart.
    let samples = try Image(contentsOf: "\(run)/samples.jpeg")
    #expect(samples.size == ImageSize(width: 8 * 36 - 4, height: 2 * 36 - 4))
    // The first class is red, the second blue.
    func color(_ row: Int) -> [UInt8] {
      let start = ((row * 36 + 16) * samples.width + 16) * 3
      return Array(samples.pixels[start..<start + 3])
    }
    #expect(color(0)[0] > color(0)[2] && color(1)[2] > color(1)[0])
    let predictions = try Table(
      parsing: try Files.readText("\(run)/predictions.csv"), name: "predictions.csv")
    let wrong = zip(predictions["label"] ?? [], predictions["predicted"] ?? []).count {
      $0 != $1
    }
    let mistakes = try Image(contentsOf: "\(run)/mistakes.jpeg")
    #expect(mistakes.width == min(wrong, 6) * 36 - 4)
    let filters = try Table(
      parsing: try Files.readText("\(run)/filters.csv"), name: "filters.csv")
    #expect(filters.columns == ["filter", "row", "column", "red", "green", "blue"])
    #expect(filters.rows.count == 64 * 9)
    #expect(filters.rows[10].prefix(3) == ["1", "0", "1"])
  }

  @Test("Pictures made again from a run's weights have the same bytes")
  func again() throws {
    let run = try run(
      in: folder, "--limit-train=15", "--limit-val=7", "--seed=3", "--augmentation=none")
    let files = try files(run)
    for name in Self.names { Files.remove("\(run)/\(name)") }
    try Pictures.write(forRunIn: run, dataPath: "\(folder)/data")
    #expect(try self.files(run) == files)
    #expect(!Files.exists("\(run)/.lock"))
  }

  @Test("Making pictures rejects other images, other or missing weights and a folder without a run")
  func refused() throws {
    let run = try run(in: folder)
    func failure(_ path: String, data: String) -> Failure? {
      #expect(throws: Failure.self) { try Pictures.write(forRunIn: path, dataPath: data) }
    }
    let before = try files(run)
    try writeSmallDataset(to: "\(folder)/others", training: 9)
    let others = failure(run, data: "\(folder)/others")
    #expect(others?.code == .corrupt)
    #expect(others?.description.contains("expected data.fingerprint") == true)
    #expect(failure(folder, data: "\(folder)/data")?.code == .missing)
    #expect(try files(run) == before)
    Files.remove("\(run)/model.safetensors")
    #expect(failure(run, data: "\(folder)/data")?.code == .missing)
    _ = try smallExperiment().begin(
      arguments: words(
        data: "\(folder)/data", output: "\(folder)/other", "--seed=9",
        "--save-weights=\(run)/model.safetensors")
    ).makeRuns()
    let weights = failure(run, data: "\(folder)/data")
    #expect(weights?.code == .corrupt)
    #expect(weights?.description.contains("expected weights.final") == true)
  }
}
