# The total norm of the gradient before clipping, by epoch.
# Needs: metrics (a file), epochs, color; limit where the gradient was clipped.
load "reports/plots/style.gp"
set ylabel "gradient norm before clipping (L2)"
set logscale y
set format y "%g"
positive(x) = finite(x) > 0 ? x : NaN
if (exists("limit")) {
  # Room below the limit, so that its line is not the axis.
  stats metrics using (positive(column("gradient_norm_mean"))) nooutput
  set yrange [(STATS_min < limit ? STATS_min : limit) / 1.5:*]
}
mean = 'using "epoch":(positive(column("gradient_norm_mean"))) ls 2 ' \
  . 'lc rgb experiment_color(color) title "mean"'
largest = 'using "epoch":(positive(column("gradient_norm_max"))) ls 1 ' \
  . 'lc rgb experiment_color(color) title "largest"'
limit_line = exists("limit") \
  ? ', limit with lines lw 1.4 dt (2, 4) lc rgb "#000000" title sprintf("clipped to %g", limit)' \
  : ''
eval 'plot metrics '.largest.', "" '.mean.limit_line
