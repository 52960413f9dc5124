/// The mean of several numbers with its spread.
package struct SampleSummary: Equatable, Sendable {
  /// How many numbers there are.
  package let count: Int
  /// Their arithmetic mean; NaN for none.
  package let mean: Double
  /// The standard deviation with n − 1 in the denominator; `nil` below two numbers.
  package let standardDeviation: Double?
  /// Half the width of Student's 95 % interval of the mean; `nil` below two numbers.
  package let margin: Double?

  /// The interval that holds the mean of the population with 95 % confidence, if the numbers are
  /// independent and normally distributed; `nil` below two numbers.
  package var interval: ClosedRange<Double>? {
    margin.flatMap { $0.isFinite && mean.isFinite ? mean - $0...mean + $0 : nil }
  }

  /// Summarizes numbers in their order.
  package init(_ numbers: [Double]) {
    count = numbers.count
    let mean = Statistics.mean(of: numbers)
    self.mean = mean
    guard numbers.count > 1 else {
      (standardDeviation, margin) = (nil, nil)
      return
    }
    // Two passes: the deviations are small, and their squares lose nothing to the mean.
    var squares = 0.0
    for number in numbers { squares.addProduct(number - mean, number - mean) }
    let deviation = (squares / Double(numbers.count - 1)).squareRoot()
    standardDeviation = deviation
    margin =
      Statistics.studentQuantile(coverage: 0.95, degreesOfFreedom: numbers.count - 1)
      * deviation / Double(numbers.count).squareRoot()
  }

  /// Summarizes the differences of numbers that belong together, such as the accuracies of two
  /// recipes with the same seeds.
  ///
  /// Whatever a pair has in common cancels, so the interval is the one of the paired t-test.
  ///
  /// - Precondition: Both have equally many numbers.
  package init(differencesOf first: [Double], from second: [Double]) {
    precondition(first.count == second.count, "numbers come in pairs")
    self.init(zip(first, second).map { $0 - $1 })
  }
}

/// Intervals and tests for accuracies, in our own arithmetic: the same bits on every machine.
package enum Statistics {
  /// The 97.5 % quantile of the standard normal distribution.
  private static let normalQuantile = 1.959963984540054

  /// The arithmetic mean, summed in order; NaN for no numbers.
  package static func mean(of numbers: [Double]) -> Double {
    var sum = 0.0
    for number in numbers { sum += number }
    return sum / Double(numbers.count)
  }

  /// The t for which −t ... t holds a share of Student's distribution: 12.706 for 0.95 and one
  /// degree of freedom.
  ///
  /// With θ = arctan(t / √ν), the share is a finite sum of powers of cos θ for every whole number ν
  /// of degrees of freedom (M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 1964,
  /// 26.7.3 and 26.7.4); θ is found by bisection.
  ///
  /// - Precondition: The coverage is between 0 and 1, and there is at least one degree of freedom.
  package static func studentQuantile(coverage: Double, degreesOfFreedom: Int) -> Double {
    precondition(coverage > 0 && coverage < 1, "a share of the distribution")
    precondition(degreesOfFreedom >= 1, "at least one degree of freedom")
    func share(_ angle: Double) -> Double {
      let (sine, cosine) = Elementary.sineAndCosine(angle)
      let isOdd = degreesOfFreedom % 2 == 1
      // Σ cos^k θ with coefficients 2/3, (2 · 4)/(3 · 5), … for odd ν, 1/2, (1 · 3)/(2 · 4), … else.
      var term = isOdd ? cosine : 1
      var sum = degreesOfFreedom == 1 ? 0 : term
      for k in stride(from: isOdd ? 3 : 2, to: degreesOfFreedom, by: 2) {
        term *= cosine * cosine * Double(k - 1) / Double(k)
        sum += term
      }
      return isOdd ? (angle + sine * sum) * (2 / .pi) : sine * sum
    }
    var (low, high) = (0.0, Double.pi / 2)
    while true {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { break }
      if share(middle) < coverage { low = middle } else { high = middle }
    }
    let (sine, cosine) = Elementary.sineAndCosine(low)
    return Double(degreesOfFreedom).squareRoot() * sine / cosine
  }

  /// Wilson's 95 % interval of a share, such as the accuracy of a single run over its images.
  ///
  /// Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
  /// 1927, without continuity correction.
  ///
  /// - Precondition: `successes` is in 0 ... `count`, and there is at least one trial.
  package static func wilsonInterval(successes: Int, of count: Int) -> ClosedRange<Double> {
    precondition(count >= 1 && (0...count).contains(successes), "successes among trials")
    let (n, z) = (Double(count), normalQuantile)
    let share = Double(successes) / n
    let center = (share + z * z / (2 * n)) / (1 + z * z / n)
    let margin = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    // At the ends rounding must not leave 0 ... 1.
    return (successes == 0 ? 0 : center - margin)...(successes == count ? 1 : center + margin)
  }

  /// The two-sided p-value of McNemar's exact test: how likely two equally accurate classifiers
  /// would disagree at least as one-sidedly.
  ///
  /// Images on which both are right, or both wrong, say nothing; of the others, each classifier
  /// would be right on a half.
  ///
  /// Source: Q. McNemar, "Note on the sampling error of the difference between correlated
  /// proportions or percentages", 1947; the binomial distribution instead of its approximation.
  ///
  /// - Parameters:
  ///   - onlyFirst: The images on which only the first classifier is right.
  ///   - onlySecond: The images on which only the second is right.
  /// - Returns: The p-value, 0 ... 1.
  package static func mcNemarTest(onlyFirst: Int, onlySecond: Int) -> Double {
    precondition(onlyFirst >= 0 && onlySecond >= 0, "numbers of images")
    let n = onlyFirst + onlySecond
    let few = min(onlyFirst, onlySecond)
    guard onlyFirst != onlySecond else { return 1 }
    // C(n, few) 2⁻ⁿ as a significand and an exponent: 2⁻ⁿ alone underflows for many images.
    var (significand, exponent) = (1.0, -n)
    for i in stride(from: 1, through: few, by: 1) {
      significand *= Double(n - few + i) / Double(i)
      exponent += Int(significand.exponent)
      significand = significand.significand
    }
    var term = significand
    var sum = term
    for i in stride(from: few, to: 0, by: -1) {
      term *= Double(i) / Double(n - i + 1)
      sum += term
    }
    return min(1, Double(sign: .plus, exponent: exponent + 1, significand: sum))
  }

  /// The paired bootstrap's 95 % interval of the difference between two accuracies over the same
  /// images: images are drawn with replacement, and the middle 95 % of the resampled differences
  /// taken (the percentile method).
  ///
  /// Source: B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3.
  ///
  /// - Parameters:
  ///   - onlyFirst: The images on which only the first classifier is right.
  ///   - onlySecond: The images on which only the second is right.
  ///   - count: All images.
  ///   - stream: Where the draws come from.
  /// - Returns: The interval of the first accuracy minus the second.
  package static func bootstrapInterval(
    onlyFirst: Int, onlySecond: Int, of count: Int, using stream: inout RandomStream
  ) -> ClosedRange<Double> {
    precondition(
      count >= 1 && onlyFirst >= 0 && onlySecond >= 0 && onlyFirst + onlySecond <= count,
      "numbers of images")
    let resamples = 2000
    let differences = (0..<resamples).map { _ in
      var difference = 0
      for _ in 0..<count {
        // Images in an order in which those that count come first.
        let image = stream.index(below: count)
        if image < onlyFirst {
          difference += 1
        } else if image < onlyFirst + onlySecond {
          difference -= 1
        }
      }
      return Double(difference) / Double(count)
    }.sorted()
    return quantile(0.025, of: differences)...quantile(0.975, of: differences)
  }

  /// A quantile of sorted numbers, interpolated between neighbors (R's type 7, NumPy's default).
  ///
  /// - Precondition: There is at least one number.
  package static func quantile(_ share: Double, of sorted: [Double]) -> Double {
    precondition(!sorted.isEmpty && (0...1).contains(share), "a share of some numbers")
    let position = share * Double(sorted.count - 1)
    let index = min(Int(position), sorted.count - 1)
    let next = sorted[min(index + 1, sorted.count - 1)]
    return sorted[index] + (position - Double(index)) * (next - sorted[index])
  }
}
