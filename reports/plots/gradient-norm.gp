# The total norm of the gradient before clipping, by epoch.
# Needs: metrics (a file), epochs, color; limit where the gradient was clipped.
load "reports/plots/style.gp"
set ylabel "gradient norm (L2)"
set logscale y
set format y "%g"
positive(x) = finite(x) > 0 ? x : NaN
mean = 'using "epoch":(positive(column("gradient_norm_mean"))) ls 2 ' \
  . 'lc rgb experiment_color(color) title "mean"'
largest = 'using "epoch":(positive(column("gradient_norm_max"))) ls 1 ' \
  . 'lc rgb experiment_color(color) title "largest"'
# The limit is drawn as a line of data, so that the axis always reaches it.
limit_line = exists("limit") \
  ? ', [1:2] "+" using (epochs > 1 ? 1 + ($1 - 1) * (epochs - 1) : $1 - 0.5):(limit) ' \
    . 'with lines lw 1.2 dt (2, 4) lc rgb "#000000" title sprintf("clipped to %g", limit)' \
  : ''
set samples 2
eval 'plot metrics '.largest.', "" '.mean.limit_line
