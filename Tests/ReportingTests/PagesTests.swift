import Foundation
import Reporting
import Support
import TestSupport
import Testing

@Suite("Pages", .temporaryFolder)
struct PagesTests {
  @Test("Every committed page is what its source weaves to; if not, run make report")
  func committed() throws {
    let texts = try Pages(root: packageRoot).texts()
    #expect(texts.keys.contains("README.md"))
    for (path, text) in texts {
      #expect(try Files.readText("\(packageRoot)/\(path)") == text, "\(path)")
    }
  }

  @Test("A page is filled with values of experiments, sections, scripts and measurements")
  func fills() throws {
    let package = try MockPackage()
    try package.writeResults()
    try FileManager.default.removeItem(atPath: "\(package.root)/reports/measurements")
    try package.write("name,value\nseconds,67\n", to: "reports/measurements/setup.csv")
    try package.write(
      """
      {{demo/norm:val_accuracy}} {{quick/norm:val_accuracy}} {{setup:seconds}}
      {{demo/norm#Result}}
      {{experiments/norm/main.swift#Result}}
      {{reports/measurements/setup.csv}}

      """, to: "docs/page.in.md")
    #expect(
      try Pages(root: package.root).texts() == [
        "docs/page.md": """
        0.7000 (not run yet) 67
        After 3 epochs 0.7000; unclipped 1234.
        //: ## Result
        //: After {{epochs}} epochs {{val_accuracy}}; unclipped {{unclipped.gradient_norm_max}}.
        | name | value |
        | --- | ---: |
        | seconds | 67 |

        """
      ])
  }

  @Test("An unknown name in a page is an error with the page's line")
  func unknown() throws {
    let package = try MockPackage()
    try package.write("\n{{demo/nobody:val_loss}}\n", to: "README.in.md")
    let failure = #expect(throws: Failure.self) { try Pages(root: package.root).texts() }
    #expect(failure?.description.hasPrefix("README.in.md:2: {{demo/nobody:val_loss}} is") == true)
  }
}
