import Reporting
import Support
import TestSupport
import Testing

@Suite("Introduction", .temporaryFolder)
struct IntroductionTests {
  private func text(_ introduction: String, inference: String) throws -> String {
    let package = try MockPackage()
    try package.write(introduction, to: "reports/introduction.md")
    try package.write(
      """
      network,name,classes,parameters,multiply_adds,source
      alexnet,AlexNet,1000,61100840,714188480,torchvision

      """, to: "reports/reference/networks.csv")
    try package.write(inference, to: "reports/measurements/inference.csv")
    try package.write("//: # X\n", to: "experiments/x/main.swift")
    try package.writeRun("reports/demo/x/seed-0", accuracies: ["0.5"])
    return try Report(try Results(profile: "demo", root: package.root)).text()
  }

  private let measured = """
    network,image_size,parameters,multiply_adds,milliseconds,threads,target,date
    squeezenet,224,727626,592873152,9.26,1,x86-64-v4 linux,2026-11-24
    plain,224,2034378,593737152,4.63,1,x86-64-v4 linux,2026-11-24

    """

  @Test("The introduction is filled with network sizes and measured times")
  func values() throws {
    let text = try text(
      "{{alexnet.megabytes}} MB, {{squeezenet.milliseconds}} ms is {{squeezenet.times_plain}} times "
        + "{{plain.milliseconds}} ms; {{plain.times_parameters}} times the parameters, "
        + "{{plain.percent_more_multiply_adds}} % more; {{inference.target}}",
      inference: measured)
    #expect(
      text.contains(
        "244.4 MB, 9.3 ms is 2.00 times 4.6 ms; 2.8 times the parameters, 0.15 % more; "
          + "x86-64-v4 linux"))
  }

  @Test("A measurement that lacks one of its networks is an error that names the file")
  func broken() {
    let failure = #expect(throws: Failure.self) {
      try text("x", inference: "network,milliseconds\nplain,4\n")
    }
    #expect(failure?.code == .corrupt)
    #expect(failure?.description.hasPrefix("reports/measurements/inference.csv: expected") == true)
  }
}
