# The gradient norm of the first steps without clipping.
# Needs: unclipped (a file), steps (its rows), color, heading, largest (the largest finite norm), broken (the
# number of steps whose norm is not finite), dead (the number of steps whose norm is 0); clipped (a
# file) where steps were recorded with clipping, too; limit where the training was clipped.
load "reports/plots/style.gp"
set xlabel "step"
set xrange [0.5:steps + 0.5]
set xtics 1, (steps > 12 ? 5 : 1)
set ylabel "gradient norm before clipping (L2)"
set logscale y
set format y "1e%L"
lowest = exists("limit") ? limit : 1
set yrange [lowest / 1.5:*]
set datafile missing
positive(x) = finite(x) > 0 ? x : NaN
# Not a number itself: gnuplot drops a point with a field that is not a number.
is_broken(text) = text eq "nan" || text eq "inf" || abs(real(text)) >= 1e30
without = 'unclipped using ($0 + 1):(positive(column("gradient_norm"))) ls 2 ' \
  . 'lc rgb "#000000" title "without clipping"'
with_limit = exists("clipped") \
  ? ', clipped every ::0::(steps - 1) using ($0 + 1):(positive(column("gradient_norm"))) ls 2 ' \
    . 'lc rgb experiment_color(color) title "with clipping"' \
  : ''
no_number = broken > 0 \
  ? ', unclipped using ($0 + 1):(is_broken(strcol("gradient_norm")) ? largest : NaN) with points ' \
    . 'pt 2 ps 1 lw 2 lc rgb "#000000" title "no longer a number"' \
  : ''
zero = dead > 0 \
  ? ', unclipped using ($0 + 1):(column("gradient_norm") == 0 ? lowest : NaN) with points ' \
    . 'pt 10 ps 0.9 lw 1.6 lc rgb "#000000" title "zero: nothing is learned any more"' \
  : ''
limit_line = exists("limit") \
  ? ', limit with lines lw 1.4 dt (2, 4) lc rgb experiment_color(color) ' \
    . 'title sprintf("limit of clipping: %g", limit)' \
  : ''
eval 'plot '.without.with_limit.no_number.zero.limit_line
