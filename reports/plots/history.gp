# Validation accuracy of runs by the commit that changed them: final solid, best dashed.
# Needs: $points (columns run, commit, final, best), names (an array, of the runs), commits (an array).
load "reports/plots/style.gp"
width = 260 + 44 * (|commits| > 12 ? |commits| : 12)
set terminal svg size width,420 dynamic noenhanced font "sans-serif,14" background "#ffffff"
set ylabel "validation accuracy (fraction)"
set yrange [0:1]
set xrange [0.5:|commits| + 0.5]
set xtics ()
set for [i = 1:|commits|] xtics add (commits[i] i)
set xtics rotate by 45 right
set key outside right top vertical
set rmargin 24
set style data linespoints
# An invisible point, for axes where no run has a number.
$nowhere << EOD
x,y
1,0
EOD
of(i, field) = column("run") == i ? finite(column(field)) : NaN
# A commit that changed other runs only does not break a line.
set datafile missing NaN
plot for [i = 1:|names|] $points using "commit":(of(i, "final")) ls 2 \
       lc rgb experiment_color(i) notitle, \
     for [i = 1:|names|] "" using "commit":(of(i, "best")) ls 1 \
       lc rgb experiment_color(i) notitle, \
     $nowhere using 1:2 with points ps 0.1 lc rgb "#ff000000" notitle, \
     for [i = 1:|names|] keyentry with linespoints ls 2 lc rgb experiment_color(i) title names[i], \
     keyentry with linespoints ls 1 lc rgb "#666666" title "best epoch"
