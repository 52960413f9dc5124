# Validation accuracy of several runs in two revisions: the older dashed, the newer solid.
# Needs: $curves (columns run, side, epoch, val_accuracy), names (an array), base and to (names of
# the revisions), epochs.
load "reports/plots/style.gp"
set ylabel "validation accuracy (fraction)"
set yrange [0:1]
of(i, wanted) = column("run") == i && strcol("side") eq wanted \
  ? finite(column("val_accuracy")) : NaN
plot for [i = 1:|names|] $curves using "epoch":(of(i, "base")) ls 1 lc rgb experiment_color(i) \
       title names[i].", ".base, \
     for [i = 1:|names|] "" using "epoch":(of(i, "to")) ls 2 lc rgb experiment_color(i) \
       title names[i].", ".to
