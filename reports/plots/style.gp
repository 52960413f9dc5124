# The style of all figures. Each script is loaded after a few settings that name its inputs:
#   heading  the line above the figure: profile, seeds, number of runs
#   epochs   the number of epochs, where the axis is one of epochs
#   color    the experiment's color, by its place in the palette
# The figure goes to the standard output; nothing in it depends on the time or the machine.

set terminal svg size 720,380 dynamic noenhanced font "sans-serif,14" background "#ffffff"
set encoding utf8
set datafile separator comma
set datafile columnheaders
set datafile missing "nan"

# Okabe and Ito's colors, which color-blind readers can tell apart: https://jfly.uni-koeln.de/color/
# The first three belong to no-norm, norm and dropout. Markers tell curves apart in grey.
array palette[7] = ["#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
experiment_color(index) = palette[(int(index) - 1) % 7 + 1]
array filled_markers[5] = [7, 5, 9, 13, 11]
array empty_markers[5] = [6, 4, 8, 12, 10]
filled_marker(index) = filled_markers[(int(index) - 1) % 5 + 1]
empty_marker(index) = empty_markers[(int(index) - 1) % 5 + 1]

# A diverged run has values that no axis can hold.
finite(x) = (x == x && abs(x) < 1e30) ? x : NaN

set border 3 lc rgb "#666666"
set tics nomirror out textcolor rgb "#222222"
set grid lc rgb "#dddddd" lw 0.7 dt 1
set key noautotitle tmargin right horizontal Left reverse samplen 2.5 width 1 textcolor rgb "#222222"
set lmargin 12
set rmargin 3
if (exists("heading")) {
  set label 1000 heading at graph 0, graph 1 left offset character 0, 1 font "sans-serif,13" \
    textcolor rgb "#222222"
}

# Training is dashed and thin, validation solid; few points are marked, many are a line.
set style line 1 lw 1.6 dt (8, 5) pt 6 ps 0.6
set style line 2 lw 2.2 dt 1 pt 7 ps 0.6
if (exists("epochs")) {
  set xlabel "epoch" offset 0, 0.5
  set xrange [(epochs > 1 ? 1 : 0.5):(epochs > 1 ? epochs : 1.5)]
  if (epochs <= 12) { set xtics 1 } else { set xtics add (1) }
}
few = exists("epochs") && epochs > 40 ? 0 : 1
if (few) { set style data linespoints } else { set style data lines }
