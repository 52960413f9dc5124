# Losses and accuracies of several runs in several revisions: one row of panels per run, one color per
# revision, training dashed and validation solid.
# Needs: $curves (columns run, revision, epoch, train_loss, val_loss, train_accuracy, val_accuracy),
# names (an array, of the runs), revisions (an array), epochs.
load "reports/plots/style.gp"
rows = |names|
head = 20 + 22 * |revisions|
height = head + 250 * rows + 60
set terminal svg size 960,height dynamic noenhanced font "sans-serif,14" background "#ffffff"
# The base is black.
revision_color(j) = experiment_color(j == 1 ? 7 : j - 1)
of(i, j, metric) = column("run") == i && column("revision") == j ? finite(column(metric)) : NaN
# An invisible point, for axes where no curve has a number.
$nowhere << EOD
x,y
1,0
EOD
set multiplot layout rows,2 margins screen 0.075, 0.985, 60.0 / height, 1 - (head + 30.0) / height \
  spacing screen 0.075, 75.0 / height
do for [i = 1:rows] {
  do for [metric in "loss accuracy"] {
    set title names[i]." – ".metric textcolor rgb "#222222" offset 0, -0.5
    if (i < rows) { set xlabel "" } else { set xlabel "epoch" }
    if (metric eq "accuracy") { set yrange [0:1] } else { set yrange [0:*] }
    if (i == 1 && metric eq "loss") {
      set key at screen 0.07, screen 1 - 6.0 / height left top vertical maxrows |revisions|
    } else { unset key }
    plot for [j = 1:|revisions|] $curves using "epoch":(of(i, j, "train_".metric)) ls 1 \
           lc rgb revision_color(j) title revisions[j].", training", \
         for [j = 1:|revisions|] "" using "epoch":(of(i, j, "val_".metric)) ls 2 \
           lc rgb revision_color(j) title revisions[j].", validation", \
         $nowhere using 1:2 with points ps 0.1 lc rgb "#ff000000" notitle
  }
}
unset multiplot
