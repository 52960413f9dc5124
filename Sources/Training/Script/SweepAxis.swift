import Support

/// A swept setting with its values, each of which makes arms of an experiment.
struct SweepAxis: Sendable {
  let setting: Setting
  /// As the command line spells them: numbers as shortest decimals. Distinct, at least one.
  let values: [String]

  /// - Parameters:
  ///   - name: The setting's name on the command line, with or without dashes in front.
  ///   - words: Its values as the command line spells them.
  /// - Throws: `Failure` with code 64 for a setting that cannot be swept, and for values that are missing,
  ///   not accepted or given twice.
  init(_ name: String, over words: [String]) throws {
    let label = String(name.drop { $0 == "-" })
    guard let setting = Settings.table.first(where: { $0.label == label }) else {
      let isOption = RunOptions.table.contains { $0.label == label }
      throw Failure(
        .usage,
        "sweep \(label): "
          + (isOption
            ? "decides no number"
            : "no such setting; there are \(Self.settings.map(\.label).joined(separator: ", "))"))
    }
    guard Self.settings.contains(where: { $0.name == setting.name }) else {
      let reason =
        switch label {
        case "seed": "seeds are not arms; --seeds lists them"
        case "profile": "every profile has folders of its own; run one after the other"
        case "classes": "their number follows from the data"
        case "initial-weights": "a path cannot be part of a folder's name; run one after the other"
        default: "decides no number"
        }
      throw Failure(.usage, "sweep \(label): \(reason)")
    }
    guard !words.isEmpty, words != [""] else {
      throw Failure(.usage, "sweep \(label): expected values, got none")
    }
    var values: [String] = []
    for word in words {
      var settings = Settings()
      do {
        try setting.set(word, in: &settings)
      } catch let failure as Failure {
        throw Failure(failure.code, "sweep \(failure.description)")
      }
      let value = setting.text(settings)
      guard !values.contains(value) else {
        throw Failure(.usage, "sweep \(label): \(value) is given twice")
      }
      values.append(value)
    }
    self.setting = setting
    self.values = values
  }

  /// Reads `SETTING=V,V,…`.
  ///
  /// - Throws: `Failure` with code 64.
  init(parsing text: String) throws {
    guard let equals = text.firstIndex(of: "="), text.first != "-" else {
      throw Failure(.usage, "--sweep: expected SETTING=V,V,…, got '\(text)'")
    }
    let words = text[text.index(after: equals)...]
      .split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    try self.init(String(text[..<equals]), over: words)
  }

  /// The settings that can be swept: those that decide numbers, and whose values can be in the name of a
  /// folder.
  private static let settings = Settings.table.filter {
    $0.isRecorded && !["seed", "profile", "classes", "initial-weights"].contains($0.label)
  }

  /// `dropout=0,0.25`, as the command line spells it.
  var text: String { "\(setting.label)=\(values.joined(separator: ","))" }
}
