# Curves of one or several runs, each with a label at its right end.
# Needs: $curves (column x; for every curve i: mean, low, high and mark, its numbers at x, and for every
# thin line j run<i>_<j>), curve_count; colors (places in the palette, or 0), dashed, runs (numbers of thin
# lines), ends_x, ends_y (where curves end), arrays by curve; names, label_heights (from 0 to 1), arrays of
# the curves and then the references; references (an array of horizontal lines), where there are any;
# label, low, high, logarithmic (of the vertical axis); epochs or xlabel; heading; height (of the figure),
# head, foot, room (above, below and to the right of the plot, in pixels).
load "reports/plots/style.gp"
width = room > 220 ? 500 + room : 720
set terminal svg size width,height dynamic noenhanced font "sans-serif,14" background "#ffffff"
set tmargin at screen 1 - real(head) / height
set bmargin at screen real(foot) / height
edge = 1 - real(room) / width
set lmargin at screen 92.0 / width
set rmargin at screen edge
set ylabel label
set yrange [low:high]
if (logarithmic) {
  set logscale y
  set format y "%g"
  if (high / low < 1000) {
    do for [decade = -9:9] { set ytics add (2 * 10.0**decade, 5 * 10.0**decade) }
  }
}
if (exists("xlabel")) {
  set xlabel xlabel offset 0, 0.5
  set xrange [0:100]
}
unset key

# Viridis, without its palest end, which white would swallow.
set palette defined (0 "#440154", 0.33 "#31688E", 0.66 "#35B779", 1 "#BDBF26")
shade(i) = palette_rgb(curve_count > 1 ? (i - 1.0) / (curve_count - 1) : 0)
channel(x, a, b, c, d) = int(x < 1 ? a + x * (b - a) : x < 2 ? b + (x - 1) * (c - b) : c + (x - 2) * (d - c))
palette_rgb(x) = 65536 * channel(3 * x, 68, 49, 53, 189) + 256 * channel(3 * x, 1, 104, 183, 191) \
  + channel(3 * x, 84, 142, 121, 38)
hex(text) = int("0x".text[2:7])
color(i) = colors[i] > 0 ? hex(experiment_color(colors[i])) : shade(i)
marker(i) = dashed[i] ? empty_marker(colors[i] > 0 ? colors[i] : i) \
  : colors[i] > 0 ? filled_marker(colors[i]) : (i - 1) % 10 < 5 ? filled_marker(i) : empty_marker(i)

# Labels, moved apart, with a thin line to the end of their curve.
y(position) = (foot + position * (height - head - foot)) / height
do for [i = 1:|names|] {
  set label i names[i] at screen edge + 32.0 / width, screen y(label_heights[i]) left \
    font "sans-serif,13" textcolor rgb "#222222"
  if (i <= curve_count) {
    set label 100 + i "" at screen edge + 23.0 / width, screen y(label_heights[i]) \
      point pt marker(i) ps 0.7 lc rgb color(i)
    set arrow from first ends_x[i], first ends_y[i] to screen edge + 17.0 / width, \
      screen y(label_heights[i]) nohead lw 0.8 dt 1 lc rgb "#999999"
  } else {
    set arrow from graph 0, first references[i - curve_count] to graph 1, \
      first references[i - curve_count] nohead lw 1.4 dt (2, 4) lc rgb "#000000" back
    set arrow from graph 1, first references[i - curve_count] to screen edge + 28.0 / width, \
      screen y(label_heights[i]) nohead lw 0.8 dt 1 lc rgb "#999999"
  }
}

field(name, i) = column(sprintf("%s%d", name, i))
of_run(i, j) = column(sprintf("run%d_%d", i, j))
# Mostly transparent, so that a mean stays in sight among its runs.
pale(i) = 0x88000000 + color(i)
plot for [i = 1:curve_count] $curves using "x":(field("low", i)):(field("high", i)) \
       with filledcurves fs transparent solid (curve_count > 4 ? 0.08 : 0.16) noborder \
       lc rgb color(i), \
     for [i = 1:curve_count] for [j = 1:runs[i]] $curves using "x":(of_run(i, j)) with lines lw 0.7 dt 1 \
       lc rgb pale(i), \
     for [i = 1:curve_count] $curves using "x":(field("mean", i)) with lines ls 2 - dashed[i] \
       lc rgb color(i), \
     for [i = 1:curve_count] $curves using "x":(field("mark", i)) with points pt marker(i) ps 0.7 \
       lc rgb color(i)
