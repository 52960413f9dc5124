# What the gradient does in the first steps when nothing clips it.
# Needs: unclipped (a file), steps (its rows), color; clipped (a file) where steps were recorded with
# clipping too.
load "reports/plots/style.gp"
set xlabel "step"
set xrange [0.5:steps + 0.5]
set ylabel "gradient norm before clipping (L2)"
set logscale y
set format y "1e%L"
positive(x) = finite(x) > 0 ? x : NaN
without = 'unclipped using ($0 + 1):(positive(column("gradient_norm"))) ls 2 ' \
  . 'lc rgb "#000000" title "without clipping"'
with_limit = exists("clipped") \
  ? ', clipped every ::0::(steps - 1) using ($0 + 1):(positive(column("gradient_norm"))) ls 2 ' \
    . 'lc rgb experiment_color(color) title "with clipping"' \
  : ''
eval 'plot '.without.with_limit
