# The end of every run of a sweep by its dropout rate.
# Needs: summary (a file), color.
load "reports/plots/style.gp"
set xlabel "dropout rate (probability of zeroing)"
set ylabel "accuracy (fraction)"
set xrange [-0.02:*]
set yrange [0:1]
set offsets 0, 0.02, 0, 0
set style data linespoints
plot summary using "dropout":(finite(column("train_accuracy"))):(finite(column("val_accuracy"))) \
       with filledcurves fc rgb experiment_color(color) fs transparent solid 0.12 noborder \
       title "gap", \
     "" using "dropout":(finite(column("train_accuracy"))) ls 1 \
       lc rgb experiment_color(color) title "training", \
     "" using "dropout":(finite(column("val_accuracy"))) ls 2 \
       lc rgb experiment_color(color) title "validation", \
     "" using "dropout":(finite(column("best_val_accuracy"))) with points pt 2 ps 0.7 lw 1.6 \
       lc rgb "#000000" title "best epoch"
