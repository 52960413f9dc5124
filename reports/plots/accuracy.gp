# Accuracy of one run by epoch.
# Needs: metrics (a file), epochs, color.
load "reports/plots/style.gp"
set ylabel "accuracy (fraction)"
set yrange [0:1]
plot metrics using "epoch":(finite(column("train_accuracy"))) ls 1 \
       lc rgb experiment_color(color) title "training", \
     "" using "epoch":(finite(column("val_accuracy"))) ls 2 \
       lc rgb experiment_color(color) title "validation"
