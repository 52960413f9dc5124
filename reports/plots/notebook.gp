# Validation accuracy of several runs beside the notebook's own.
# Needs: names, files, colors, theirs (arrays; theirs are the notebook's names), reference (a file),
# epochs (of the longest run).
load "reports/plots/style.gp"
set ylabel "validation accuracy (fraction)"
set yrange [0:1]
is_theirs(i) = strcol("experiment") eq theirs[i] && column("epoch") <= epochs
plot for [i = 1:|files|] reference \
       using "epoch":(is_theirs(i) ? column("val_accuracy") : NaN) ls 1 \
       lc rgb experiment_color(colors[i]) title names[i].", notebook", \
     for [i = 1:|files|] files[i] using "epoch":(finite(column("val_accuracy"))) ls 2 \
       lc rgb experiment_color(colors[i]) title names[i]
