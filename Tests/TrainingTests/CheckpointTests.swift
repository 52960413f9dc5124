import Foundation
import Models
import Support
import TestSupport
import Testing
import Training

@Suite("Checkpoint", .serialized, .temporaryFolder)
struct CheckpointTests {
  /// Stops a run after one step, damages its checkpoint and resumes the run.
  ///
  /// - Returns: The failure, or nil if the run resumes.
  private func resume(damaging damage: ([UInt8]) throws -> [UInt8]) throws -> Failure? {
    var caught: Failure?
    let folder = try TemporaryFolder.makeSubfolder()
    try writeSmallDataset(to: "\(folder)/data")
    func session() throws -> Session {
      try smallExperiment().begin(
        arguments: words(data: "\(folder)/data", output: "\(folder)/run"))
    }
    #expect(throws: Failure.self) { try session().makeRuns(stoppingAfter: 1) }
    let path = "\(folder)/run/checkpoint.safetensors"
    let damaged = try damage(try Files.read(path))
    try Files.write(damaged, to: path)
    do {
      _ = try session().makeRuns()
    } catch let failure as Failure {
      caught = failure
      #expect(failure.code == .corrupt)
      #expect(failure.description.hasPrefix("\(path): "))
      #expect(failure.description.hasSuffix("; --resume never starts over"))
      // The checkpoint is left unchanged.
      #expect(try Files.read(path) == damaged)
    }
    return caught
  }

  /// The same with a change that leaves the file a valid checkpoint.
  private func resume(changing change: (inout SafeTensors) throws -> Void) throws -> Failure? {
    try resume(damaging: { bytes in
      var file = try SafeTensors(parsing: bytes, name: "checkpoint")
      #expect(file.isIntact)
      try change(&file)
      return file.encoded()
    })
  }

  @Test("A truncated or foreign checkpoint is rejected")
  func cutShort() throws {
    #expect(try resume(damaging: { Array($0.dropLast(100)) }) != nil)
    #expect(try resume(damaging: { Array($0.prefix(1000)) }) != nil)
    #expect(try resume(damaging: { _ in [] }) != nil)
    #expect(try resume(damaging: { _ in Array("no checkpoint".utf8) }) != nil)
  }

  @Test("A checkpoint of another format version is rejected with the next step")
  func otherFormat() throws {
    for version in ["0", "1", "20", ""] {
      let failure = try resume {
        $0.metadata["format"] = "squeezenet-experiments checkpoint \(version)"
        $0.seal()
      }
      #expect(
        failure?.description.contains(
          ": a checkpoint of format \(version), expected 3; finish the run with the version of this "
            + "project that began it; ") == true, "\(failure?.description ?? "")")
    }
    let failure = try resume {
      $0.metadata["format"] = nil
      $0.seal()
    }
    #expect(failure?.description.contains(": not a checkpoint of a run; ") == true)
  }

  @Test("A checkpoint without a digest is still read")
  func withoutDigest() throws {
    #expect(try resume { $0.metadata["digest"] = nil } == nil)
  }

  @Test("The digest exposes any changed number in a checkpoint")
  func changedNumber() throws {
    for name in [
      "conv1.conv2d.weight",
      "optimizer.conv1.conv2d.weight.momentum_buffer", "conv1.norm.running_var",
    ] {
      let failure = try resume { file in
        let entry = try #require(file.tensors[name])
        var elements: [Float] = entry.elements()
        elements[3] += 0.5
        file.tensors[name] = .init(elements, shape: entry.shape)
      }
      #expect(failure?.description.contains("damaged: its digest differs") == true)
    }
    let failure = try resume { $0.metadata["sums"] = "1,2.5,1,6,1,1,0" }
    #expect(failure?.description.contains("damaged: its digest differs") == true)
  }

  @Test(
    "A checkpoint with non-finite or impossible numbers is rejected even if its digest is right",
    arguments: [
      "weight", "momentum", "epoch", "negative epoch", "steps", "sums", "rows", "settings",
      "shape of momentum", "missing momentum", "missing tensor", "more tensors",
    ])
  func nonsense(what: String) throws {
    let failure = try resume { file in
      let name = "conv1.conv2d.bias"
      let momentum = "optimizer.\(name).momentum_buffer"
      let shape = try #require(file.tensors[name]).shape
      let infinite = SafeTensors.Entry(
        [Float](repeating: .infinity, count: shape[0]), shape: shape)
      switch what {
      case "weight": file.tensors[name] = infinite
      case "momentum": file.tensors[momentum] = infinite
      case "epoch": file.metadata["epoch"] = "9223372036854775807"
      case "negative epoch": file.metadata["epoch"] = "-9223372036854775808"
      case "steps": file.metadata["sums"] = "4611686018427387904,2.5,1,6,1,1,0"
      case "sums": file.metadata["sums"] = "1,2.5,1"
      case "rows": file.metadata["metrics"] = "1,2\n"
      case "settings": file.metadata["settings"] = "{"
      case "shape of momentum": file.tensors[momentum] = .init([1] as [Float], shape: [1])
      case "missing momentum": file.tensors[momentum] = nil
      case "missing tensor": file.tensors[name] = nil
      default: file.tensors["more"] = infinite
      }
      file.seal()
    }
    #expect(failure != nil)
  }

  @Test("None of ten thousand checkpoints with flipped bits passes as intact")
  func flippedBits() throws {
    var file = SafeTensors(
      tensors: [
        "weight": .init([1.5, -0.25, 3, 0x1p-149] as [Float], shape: [2, 2]),
        "count": .init([7] as [Int64], shape: []),
      ], metadata: ["format": "x 1", "epoch": "3"])
    file.seal()
    let bytes = file.encoded()
    var random = RandomStream(seed: 1, purpose: .shuffle)
    var changedBody = 0
    for _ in 0..<10_000 {
      var damaged = bytes
      for _ in 0...random.index(below: 3) {
        damaged[random.index(below: bytes.count)] ^= 1 << UInt8(random.index(below: 8))
      }
      do {
        let read = try SafeTensors(parsing: damaged, name: "file")
        if read != file, read.metadata["digest"] != nil {
          #expect(!read.isIntact)
          changedBody += 1
        }
      } catch let failure as Failure {
        #expect(failure.code == .corrupt)
      }
    }
    #expect(changedBody > 1000)
  }
}
