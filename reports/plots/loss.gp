# Mean cross entropy of one run by epoch.
# Needs: metrics (a file), epochs, color.
load "reports/plots/style.gp"
set ylabel "loss (mean cross entropy)"
set yrange [0:*]
plot metrics using "epoch":(finite(column("train_loss"))) ls 1 \
       lc rgb experiment_color(color) title "training", \
     "" using "epoch":(finite(column("val_loss"))) ls 2 \
       lc rgb experiment_color(color) title "validation"
