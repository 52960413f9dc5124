import Support
import Testing

@Suite("Command line options")
struct CommandLineOptionsTests {
  enum Color: String, CaseIterable { case red, green }

  static let options = [
    Option("-b", "--batch-size", value: "N", help: "images in a step", default: "128"),
    Option("--lr", value: "X", help: "learning rate"),
    Option("--color", value: "red|green", help: ""),
    Option("--flip", help: "mirror"),
  ]

  func parse(_ words: String...) throws -> CommandLineOptions {
    try CommandLineOptions(parsing: words, options: Self.options)
  }

  @Test("Option values follow a space or an equals sign; other words are arguments")
  func values() throws {
    let options = try parse("a.jpg", "-b", "64", "--lr=0.1", "--flip", "-", "--", "--lr")
    #expect(try options.integer("--batch-size", in: 1...100) == 64)
    #expect(try options.number("--lr", expected: "") { _ in true } == 0.1)
    #expect(options.has("--flip"))
    #expect(options.arguments == ["a.jpg", "-", "--lr"])
    #expect(try options.choice("--color", of: Color.self) == nil)
  }

  @Test("A negative number is a value, not an option")
  func negativeNumber() throws {
    #expect(try parse("--lr", "-3").number("--lr", expected: "") { _ in true } == -3)
    #expect(try parse("-3").arguments == ["-3"])
  }

  @Test(
    "An invalid option is a usage error that names the option",
    arguments: [
      (["--batchsize", "3"], "unknown option --batchsize; did you mean --batch-size?"),
      (["--whatever"], "unknown option --whatever; --help lists all options"),
      (["--lr"], "--lr needs a value (X)"),
      (["--lr", "1", "--lr", "2"], "--lr is given twice"),
      (["-b", "1", "--batch-size", "2"], "--batch-size is given twice"),
      (["--flip=yes"], "--flip takes no value"),
      (["--lr", ""], "--lr: expected a value, got nothing"),
      (["--lr", "nan"], "--lr: expected a number above 0, got 'nan'"),
      (["--lr", "0x1p3"], "--lr: expected a number above 0, got '0x1p3'"),
      (["--lr", "1e999"], "--lr: expected a number above 0, got '1e999'"),
      (["--lr", "-1"], "--lr: expected a number above 0, got '-1'"),
      (["-b", "0"], "--batch-size: expected a whole number from 1 to 100, got '0'"),
      (["-b", "1.5"], "--batch-size: expected a whole number from 1 to 100, got '1.5'"),
      (
        ["-b", "99999999999999999999"],
        "--batch-size: expected a whole number from 1 to 100, got '99999999999999999999'"
      ),
      (["--color", "blue"], "--color: expected one of red, green, got 'blue'"),
    ])
  func errors(words: [String], message: String) {
    #expect(throws: Failure(.usage, message)) {
      let options = try CommandLineOptions(parsing: words, options: Self.options)
      _ = try options.integer("--batch-size", in: 1...100)
      _ = try options.number("--lr", expected: "a number above 0") { $0 > 0 }
      _ = try options.choice("--color", of: Color.self)
    }
  }

  @Test("--help lists names, values, meanings and defaults")
  func help() {
    let help = CommandLineOptions.help(Self.options)
    #expect(help.contains("-b, --batch-size N"))
    #expect(help.contains("images in a step (default: 128)"))
    #expect(help.split(separator: "\n").count == Self.options.count)
  }

  @Test("Option values with spaces are quoted for the shell")
  func quoting() throws {
    #expect(try parse("--lr", "1").quoted("--lr") == "1")
    #expect(try parse("--lr", "a b'c").quoted("--lr") == "'a b'\\''c'")
    // Also a quote under a combining mark.
    #expect(try parse("--lr", "'\u{301}").quoted("--lr").utf8.count { $0 == 0x27 } == 5)
  }
}
