# The end of every run of a sweep by its dropout rate: accuracies above, their difference below.
# Needs: $summary (the columns of summary.csv), color.
load "reports/plots/style.gp"
set terminal svg size 720,540 dynamic noenhanced font "sans-serif,14" background "#ffffff"
set style data linespoints
set xrange [-0.02:*]
set lmargin at screen 0.16
set rmargin at screen 0.97
gap(train, val) = finite(column(train)) - finite(column(val))
set multiplot
set bmargin at screen 0.46
set tmargin at screen 0.92
set ylabel "accuracy (fraction)"
set yrange [0:1]
set offsets 0, 0.02, 0, 0
set format x ""
set key at screen 0.12, screen 0.985 left top horizontal
plot $summary using "dropout":(finite(column("train_accuracy"))) ls 1 \
       lc rgb experiment_color(color) title "training", \
     "" using "dropout":(finite(column("val_accuracy"))) ls 2 \
       lc rgb experiment_color(color) title "validation", \
     "" using "dropout":(finite(column("best_val_accuracy"))) with points pt 2 ps 0.7 lw 1.6 \
       lc rgb "#000000" title "best epoch"
set bmargin at screen 0.14
set tmargin at screen 0.41
set ylabel "training − validation"
set xlabel "dropout rate (probability of zeroing)"
set format x "%g"
set yrange [*:*]
# Equal accuracies are always in sight.
unset key
set offsets 0, 0.02, graph 0.1, graph 0.1
plot $summary using "dropout":(0) with lines lw 1.2 dt (2, 4) lc rgb "#000000", \
     "" using "dropout":(gap("train_accuracy", "val_accuracy")) ls 2 \
       lc rgb experiment_color(color)
unset multiplot
