# The learning rate of one run by epoch.
# Needs: metrics (a file), epochs, color.
load "reports/plots/style.gp"
set ylabel "learning rate"
set yrange [0:*]
set nokey
plot metrics using "epoch":(finite(column("learning_rate"))) ls 2 lc rgb experiment_color(color)
