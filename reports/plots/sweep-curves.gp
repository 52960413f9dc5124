# One metric of every run of a sweep by epoch, from a dark low rate to a light high one.
# Needs: names, files (arrays), metric (a column), label (of the axis), epochs.
load "reports/plots/style.gp"
set ylabel label
set yrange [0:*]
if (metric[strlen(metric) - 7:] eq "accuracy") { set yrange [0:1] }
# Viridis, without its palest end, which white would swallow.
set palette defined (0 "#440154", 0.33 "#31688E", 0.66 "#35B779", 1 "#BDBF26")
unset colorbox
set cbrange [0:1]
shade(i) = |files| > 1 ? (i - 1.0) / (|files| - 1) : 0
plot for [i = 1:|files|] files[i] using "epoch":(finite(column(metric))) ls 2 \
  lc palette frac shade(i) title names[i]
