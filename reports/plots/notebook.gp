# Validation accuracy of several runs beside the notebook's own, over the share of the schedule.
# Needs: names, files, colors, schedules (epochs of each), theirs (arrays; theirs are the notebook's
# names), reference (a file), epochs_there (the notebook's schedule).
load "reports/plots/style.gp"
set ylabel "validation accuracy (fraction)"
set yrange [0:1]
set xlabel "share of the schedule (%)"
set xrange [0:100]
set key maxrows 2
is_theirs(i) = strcol("experiment") eq theirs[i]
plot for [i = 1:|files|] reference \
       using (100.0 * column("epoch") / epochs_there):(is_theirs(i) ? column("val_accuracy") : NaN) \
       with lines lw 1.6 dt (8, 5) lc rgb experiment_color(colors[i]) title names[i].", notebook", \
     for [i = 1:|files|] files[i] \
       using (100.0 * column("epoch") / schedules[i]):(finite(column("val_accuracy"))) \
       with linespoints ls 2 lc rgb experiment_color(colors[i]) title names[i]
