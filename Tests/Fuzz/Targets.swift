import Datasets
import Models
import Support
import Training

/// Decodes an image of at most a million pixels; larger ones only cost time.
func fuzzJPEG(_ bytes: [UInt8]) {
  refusing {
    let size = try Image.size(jpeg: bytes, path: "fuzz")
    guard size.width * size.height <= 1 << 20 else { return }
    let image = try Image(jpeg: bytes, path: "fuzz")
    precondition(image.size == size, "the declared size")
  }
}

/// Reads weights as for a network; writing and reading them again must give the same.
func fuzzSafeTensors(_ bytes: [UInt8]) {
  refusing {
    let file = try SafeTensors(parsing: bytes, name: "fuzz")
    let again = try SafeTensors(parsing: file.encoded(), name: "written")
    precondition(again == file, "what is written is read again")
    _ = SqueezeNet.Configuration(describing: file)
    _ = file.classNames
    try file.requireFinite(path: "fuzz")
    _ = try file.withNotebookNames().entries(matching: [], path: "fuzz")
  }
}

/// Reads a table.
func fuzzCSV(_ bytes: [UInt8]) {
  guard let text = String(validating: bytes, as: UTF8.self) else { return }
  refusing {
    let table = try Table(parsing: text, name: "fuzz")
    let again = try Table(parsing: table.text, name: "written")
    precondition(again == table, "what is written is read again")
    for column in table.columns { _ = table.numbers(column) }
  }
}

/// Reads JSON.
func fuzzJSON(_ bytes: [UInt8]) {
  guard let json = try? JSON(parsing: bytes) else { return }
  guard let again = try? JSON(parsing: json.text.utf8) else {
    preconditionFailure("what is written can be read")
  }
  precondition(again == json, "what is written is read again")
}

/// Reads a command line, words separated by zeros or line feeds, up to the plan of the training.
func fuzzOptions(_ bytes: [UInt8]) {
  let words = bytes.split(whereSeparator: { $0 == 0 || $0 == 0x0A })
    .map { String(decoding: $0, as: UTF8.self) }
  // Except options that start another process or read arbitrary files of the machine.
  let forbidden = ["--engine", "--initial-weights", "--data-path"]
  guard !words.contains(where: { word in forbidden.contains(where: word.hasPrefix) }) else {
    return
  }
  var experiment = Experiment("fuzz")
  experiment.sweep("dropout", over: [0, 0.5])
  refusing {
    _ = try experiment.begin(
      arguments: words + ["--dry-run", "--progress", "none", "--data-path", "nowhere"])
  }
}

/// Calls a reader, which may reject its input with a one-line error.
private func refusing(_ body: () throws -> Void) {
  do {
    try body()
  } catch let failure as Failure {
    precondition(!failure.description.contains("\n"), "one line: \(failure.description)")
  } catch is Finished {
  } catch {
    preconditionFailure("an error of another kind: \(error)")
  }
}
