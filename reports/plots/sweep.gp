# The final accuracies of a sweep by the value of its setting, and their difference below.
# Needs: $means (columns x and train, val and gap, each with _low and _high), $seeds (columns x, train,
# val, gap), setting (its name), color, heading, low, high, gap_low, gap_high, has_spread; left, right,
# logarithmic, numeric (of the horizontal axis), places, labels (arrays of its tics), longest (label in
# characters).
load "reports/plots/style.gp"
set terminal svg size 720,560 dynamic noenhanced font "sans-serif,14" background "#ffffff"
# Labels that would touch each other are turned.
is_turned = longest * 9 > 560.0 / |labels| && longest > 6
set lmargin at screen 0.15
set rmargin at screen 0.97
set xrange [left:right]
if (logarithmic) { set logscale x }
set xtics ()
set for [i = 1:|labels|] xtics add ("" places[i])
mean(name) = finite(column(name))
# Words have no order that a line could follow.
line(name) = numeric ? mean(name) : NaN
# Side by side, so that intervals do not cover each other, and single seeds beside them.
beside(step) = logarithmic ? column("x") * (right / left)**(0.008 * step) \
  : column("x") + 0.008 * step * (right - left)
seed = has_spread ? 6 : -2
set style line 3 pt seed ps 0.5 lw 1 lc rgb "#777777"
set style line 4 lw 1.4 dt 1 pt empty_marker(color) ps 0.8 lc rgb experiment_color(color)
set style line 5 lw 1.8 dt 1 pt filled_marker(color) ps 0.8 lc rgb experiment_color(color)
foot = is_turned ? 0.16 + 0.006 * longest : 0.13
middle = foot + 0.28
set multiplot
set bmargin at screen middle + 0.04
set tmargin at screen 0.93
set ylabel "accuracy (fraction)"
set yrange [low:high]
plot $means using (beside(-1)):(line("train")) with lines ls 1 lc rgb experiment_color(color) notitle, \
     "" using (beside(1)):(line("val")) with lines ls 2 lc rgb experiment_color(color) notitle, \
     $seeds using (beside(-2)):(mean("train")) with points ls 3 notitle, \
     "" using (beside(2)):(mean("val")) with points ls 3 notitle, \
     $means using (beside(-1)):(mean("train")):(mean("train_low")):(mean("train_high")) \
       with yerrorbars ls 4 title "training", \
     "" using (beside(1)):(mean("val")):(mean("val_low")):(mean("val_high")) \
       with yerrorbars ls 5 title "validation"
set bmargin at screen foot
set tmargin at screen middle
unset label 1000
set ylabel "training − validation"
set xlabel setting
set xtics ()
set for [i = 1:|labels|] xtics add (labels[i] places[i])
if (is_turned) { set xtics rotate by 30 right }
set yrange [gap_low:gap_high]
unset key
# Equal accuracies are always in sight.
set arrow from graph 0, first 0 to graph 1, first 0 nohead lw 1.2 dt (2, 4) lc rgb "#000000"
plot $means using "x":(line("gap")) with lines ls 2 lc rgb experiment_color(color), \
     $seeds using (beside(1)):(mean("gap")) with points ls 3, \
     $means using "x":(mean("gap")):(mean("gap_low")):(mean("gap_high")) with yerrorbars ls 5
unset multiplot
