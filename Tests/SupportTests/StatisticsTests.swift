import Foundation
import Support
import Testing

/// Compares with what SciPy computed; see Tests/Fixtures/make_statistics_fixtures.py.
@Suite("Statistics")
struct StatisticsTests {
  /// The rows of a fixture.
  private func rows(_ name: String) throws -> [[String]] {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/statistics/\(name).csv").path
    return try Table(parsing: Files.readText(path), name: path).rows
  }

  private func numbers(_ text: String) -> [Double] {
    text.split(separator: " ").compactMap { Double($0) }
  }

  /// Expects a relative distance of at most 10⁻¹².
  private func expect(
    _ number: Double?, equals expected: String, _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let number = try #require(number, comment, sourceLocation: sourceLocation)
    let expected = try #require(Double(expected), comment, sourceLocation: sourceLocation)
    #expect(
      abs(number - expected) <= 1e-12 * max(abs(number), abs(expected)), comment,
      sourceLocation: sourceLocation)
  }

  @Test("Quantiles of Student's distribution equal SciPy's")
  func studentQuantiles() throws {
    for row in try rows("student") {
      let coverage = try #require(Double(row[0]))
      let degrees = try #require(Int(row[1]))
      try expect(
        Statistics.studentQuantile(coverage: coverage, degreesOfFreedom: degrees), equals: row[2],
        "coverage \(coverage), \(degrees) degrees of freedom")
    }
  }

  @Test("Mean, standard deviation and interval of a sample equal SciPy's")
  func samples() throws {
    for row in try rows("samples") {
      let summary = SampleSummary(numbers(row[0]))
      try expect(summary.mean, equals: row[1], "mean of \(row[0])")
      try expect(summary.standardDeviation, equals: row[2], "deviation of \(row[0])")
      try expect(summary.margin, equals: row[3], "margin of \(row[0])")
    }
  }

  @Test("The interval of paired differences equals that of SciPy's paired t-test")
  func pairedDifferences() throws {
    for row in try rows("paired") {
      let summary = SampleSummary(differencesOf: numbers(row[0]), from: numbers(row[1]))
      try expect(summary.interval?.lowerBound, equals: row[2])
      try expect(summary.interval?.upperBound, equals: row[3])
    }
  }

  @Test("Below two numbers there is a mean and no spread")
  func fewNumbers() {
    let single = SampleSummary([0.75])
    #expect(single.count == 1 && single.mean == 0.75)
    #expect(single.standardDeviation == nil && single.margin == nil && single.interval == nil)
    #expect(SampleSummary([]).mean.isNaN)
  }

  @Test("Wilson's interval equals SciPy's and never leaves 0 ... 1")
  func wilsonIntervals() throws {
    for row in try rows("wilson") {
      let successes = try #require(Int(row[0]))
      let count = try #require(Int(row[1]))
      let interval = Statistics.wilsonInterval(successes: successes, of: count)
      try expect(interval.lowerBound, equals: row[2], "\(successes) of \(count)")
      try expect(interval.upperBound, equals: row[3], "\(successes) of \(count)")
      #expect(interval.lowerBound >= 0 && interval.upperBound <= 1)
    }
  }

  @Test("McNemar's exact test equals SciPy's binomial test, also where 2⁻ⁿ underflows")
  func mcNemar() throws {
    for row in try rows("mcnemar") {
      let first = try #require(Int(row[0]))
      let second = try #require(Int(row[1]))
      try expect(
        Statistics.mcNemarTest(onlyFirst: first, onlySecond: second), equals: row[2],
        "\(first) against \(second)")
    }
  }

  @Test("The paired bootstrap comes as close to SciPy's as its resamples allow, and repeats")
  func bootstrap() throws {
    for row in try rows("bootstrap") {
      let counts = row[..<3].compactMap { Int($0) }
      func interval() -> ClosedRange<Double> {
        var stream = RandomStream(seed: 0, purpose: .bootstrap)
        return Statistics.bootstrapInterval(
          onlyFirst: counts[0], onlySecond: counts[1], of: counts[2], using: &stream)
      }
      let low = try #require(Double(row[3]))
      let high = try #require(Double(row[4]))
      // The standard error of a 2.5 % quantile of 2,000 normal numbers is 0.06 deviations; an
      // interval of 95 % is 3.9 of them wide.
      let tolerance = 4 * 0.06 / 3.9 * (high - low)
      #expect(abs(interval().lowerBound - low) <= tolerance, "\(row)")
      #expect(abs(interval().upperBound - high) <= tolerance, "\(row)")
      #expect(interval() == interval())
    }
  }

  @Test("Quantiles are interpolated as NumPy's")
  func quantiles() {
    #expect(Statistics.quantile(0, of: [1, 2, 4]) == 1)
    #expect(Statistics.quantile(0.5, of: [1, 2, 4]) == 2)
    #expect(Statistics.quantile(0.75, of: [1, 2, 4]) == 3)
    #expect(Statistics.quantile(1, of: [1, 2, 4]) == 4)
    #expect(Statistics.quantile(0.3, of: [5]) == 5)
  }
}
