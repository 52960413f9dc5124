# Mean cross entropy of one run by epoch.
# Needs: metrics (a file), epochs, color.
load "reports/plots/style.gp"
set ylabel "loss (mean cross entropy)"
set yrange [0:*]
# A first loss that is many times the last one would flatten all others.
stats metrics using (finite(column("train_loss"))) name "train" nooutput
stats metrics using (finite(column("val_loss"))) name "val" nooutput
has_numbers = exists("train_min") && exists("val_min")
lowest = has_numbers ? (train_min < val_min ? train_min : val_min) : 0
highest = has_numbers ? (train_max > val_max ? train_max : val_max) : 0
if (lowest > 0 && highest > 8 * lowest) {
  set ylabel "loss (mean cross entropy), log scale"
  set yrange [lowest / 1.2:highest * 1.2]
  set logscale y
  set format y "%g"
  set ytics add (0.2, 0.5, 2, 5, 20, 50)
}
plot metrics using "epoch":(finite(column("train_loss"))) ls 1 \
       lc rgb experiment_color(color) title "training", \
     "" using "epoch":(finite(column("val_loss"))) ls 2 \
       lc rgb experiment_color(color) title "validation"
