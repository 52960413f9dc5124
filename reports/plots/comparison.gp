# One metric of several runs by epoch.
# Needs: names, files, colors (arrays), metric (a column), label (of the axis), epochs.
load "reports/plots/style.gp"
set ylabel label
set yrange [0:*]
if (metric[strlen(metric) - 7:] eq "accuracy") { set yrange [0:1] }
plot for [i = 1:|files|] files[i] using "epoch":(finite(column(metric))) ls 2 \
  lc rgb experiment_color(colors[i]) title names[i]
