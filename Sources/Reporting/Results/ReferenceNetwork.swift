import Support

/// A network that the report compares with, by its size.
struct ReferenceNetwork {
  let identifier: String
  let name: String
  let classes: Int?
  let parameters: Int
  /// For an image of `imageSize`.
  let multiplyAdds: Int?
  let source: String

  /// Height and width in pixels of the image for which multiply-adds are counted.
  static let imageSize = 224

  /// Its size with 32-bit weights, in 10⁶ bytes.
  var megabytes: String { Rounding.tenths(Double(parameters) * 4 / 1e6) }

  func timesSmaller(than other: ReferenceNetwork) -> String {
    Rounding.tenths(Double(other.parameters) / Double(parameters))
  }

  /// The networks of `reports/reference/networks.csv`.
  static func all(root: String) throws -> [ReferenceNetwork] {
    let path = "reports/reference/networks.csv"
    guard let table = try Results.table(path, root: root) else { return [] }
    guard let identifiers = table["network"], let names = table["name"],
      let classes = table.numbers("classes"), let parameters = table.numbers("parameters"),
      let multiplyAdds = table.numbers("multiply_adds"), let sources = table["source"]
    else {
      throw Failure(
        .corrupt, "\(path): expected network, name, classes, parameters, multiply_adds, source")
    }
    return identifiers.indices.map {
      ReferenceNetwork(
        identifier: identifiers[$0], name: names[$0], classes: Int(classes[$0]),
        parameters: Int(parameters[$0]), multiplyAdds: Int(multiplyAdds[$0]), source: sources[$0])
    }
  }
}
