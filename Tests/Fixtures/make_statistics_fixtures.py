"""What SciPy computes of the statistics in Sources/Support/Statistics.swift, written to
statistics/*.csv at full precision. Needs scipy and numpy; statistics/versions.csv says which.

    python make_statistics_fixtures.py
"""

import csv
import pathlib

import numpy
import scipy
from scipy import stats

folder = pathlib.Path(__file__).parent / "statistics"
folder.mkdir(exist_ok=True)


def write(name, header, rows):
    with open(folder / name, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([[repr(float(x)) if isinstance(x, float) else x for x in row] for row in rows])


write("versions.csv", ["package", "version"],
      [["scipy", scipy.__version__], ["numpy", numpy.__version__]])

write("student.csv", ["coverage", "degrees_of_freedom", "quantile"],
      [[coverage, df, float(stats.t.ppf((1 + coverage) / 2, df))]
       for coverage in [0.5, 0.9, 0.95, 0.99]
       for df in [1, 2, 3, 4, 5, 6, 7, 9, 10, 19, 20, 29, 50, 99, 100, 1000]])

generator = numpy.random.default_rng(0)
samples = [[0.6306, 0.7361], [0.631, 0.702, 0.588], [0.5, 0.5, 0.5], [1e-9, 3e-9, 2e-9, 7e-9],
           [1e6 + 0.25, 1e6 + 0.5, 1e6 + 1.125]]
samples += [[float(x) for x in generator.normal(0.8, 0.05, n)] for n in [2, 3, 4, 5, 10, 30]]
rows = []
for sample in samples:
    mean = float(numpy.mean(sample))
    deviation = float(numpy.std(sample, ddof=1))
    margin = float(stats.t.ppf(0.975, len(sample) - 1) * deviation / numpy.sqrt(len(sample)))
    rows.append([" ".join(map(repr, sample)), mean, deviation, margin])
write("samples.csv", ["numbers", "mean", "standard_deviation", "margin"], rows)

rows = []
for n in [2, 3, 5, 10]:
    first, second = generator.normal(0.8, 0.05, n), generator.normal(0.75, 0.05, n)
    interval = stats.ttest_rel(first, second).confidence_interval(0.95)
    rows.append([" ".join(repr(float(x)) for x in first), " ".join(repr(float(x)) for x in second),
                 float(interval.low), float(interval.high)])
write("paired.csv", ["first", "second", "low", "high"], rows)

rows = []
for successes, count in [(0, 1), (1, 1), (0, 10), (10, 10), (3, 10), (2475, 3925), (3348, 3925),
                         (1, 3925), (188, 300), (3924, 3925)]:
    interval = stats.binomtest(successes, count).proportion_ci(0.95, method="wilson")
    rows.append([successes, count, float(interval.low), float(interval.high)])
write("wilson.csv", ["successes", "count", "low", "high"], rows)

write("mcnemar.csv", ["only_first", "only_second", "p_value"],
      [[b, c, float(stats.binomtest(b, b + c, 0.5).pvalue) if b + c else 1.0]
       for b, c in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 5), (10, 3), (50, 50), (51, 50), (80, 120),
                    (300, 410), (900, 1000), (1800, 1700), (0, 200), (5, 1500), (7, 1900)]])

rows = []
for only_first, only_second, count in [(40, 20, 300), (500, 400, 3925), (0, 5, 50), (12, 12, 100)]:
    differences = numpy.concatenate([numpy.ones(only_first), -numpy.ones(only_second),
                                     numpy.zeros(count - only_first - only_second)])
    interval = stats.bootstrap((differences,), numpy.mean, n_resamples=200_000, batch=1000,
                               method="percentile", rng=generator).confidence_interval
    rows.append([only_first, only_second, count, float(interval.low), float(interval.high)])
write("bootstrap.csv", ["only_first", "only_second", "count", "low", "high"], rows)
