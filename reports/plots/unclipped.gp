# What the gradient does in the first steps when nothing clips it.
# Needs: unclipped (a file), color; clipped (a file) where the same steps were recorded with clipping.
load "reports/plots/style.gp"
set xlabel "step"
set xrange [0.5:*]
set ylabel "gradient norm (L2)"
set logscale y
set format y "%g"
positive(x) = finite(x) > 0 ? x : NaN
without = 'unclipped using ($0 + 1):(positive(column("gradient_norm"))) ls 2 ' \
  . 'lc rgb "#000000" title "without clipping"'
with_limit = exists("clipped") \
  ? ', clipped every ::0::(steps - 1) using ($0 + 1):(positive(column("gradient_norm"))) ls 2 ' \
    . 'lc rgb experiment_color(color) title "with clipping, before it"' \
  : ''
eval 'plot '.without.with_limit
