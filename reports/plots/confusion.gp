# The confusion matrix: numbers of images, shaded by their share of the row.
# Needs: $confusion (columns label, predicted, images, share), names, marks (arrays; a mark says why a
# class is never predicted: "silenced" or "never"), heading.
load "reports/plots/style.gp"
set terminal svg size 720,560 dynamic noenhanced font "sans-serif,14" background "#ffffff"
count = |names|
set xrange [-0.5:count - 0.5]
set yrange [count - 0.5:-0.5]
longest = 0
do for [i = 1:count] { if (strlen(names[i]) > longest) { longest = strlen(names[i]) } }
reason(mark) = mark eq "silenced" ? " (silenced)" : mark eq "never" ? " (never)" : ""
has_marks = 0
do for [i = 1:count] { if (marks[i] ne "") { has_marks = 1 } }
set xtics () scale 0 rotate by 40 right
set ytics () scale 0
set for [i = 1:count] xtics add (names[i].reason(marks[i]) i - 1)
set for [i = 1:count] ytics add (names[i] i - 1)
# No axis labels: gnuplot would put them as far away as the names are long.
set label "predicted" at graph 0.5, screen 0.035 center textcolor rgb "#222222"
set label "label" at screen 0.03, graph 0.5 center rotate by 90 textcolor rgb "#222222"
set lmargin at screen 0.06 + 0.0115 * longest
set bmargin at screen 0.07 + 0.0085 * (longest + (has_marks ? 11 : 0))
set rmargin at screen 0.98
set tmargin at screen 0.94
unset grid
unset key
set palette defined (0 "#ffffff", 1 "#0072B2")
set cbrange [0:1]
unset colorbox
small = count > 12 ? "sans-serif,8" : "sans-serif,12"
ink(share) = share > 0.55 ? 0xFFFFFF : 0x222222
# Between cells and numbers, hatches.
marked(as) = marks[int(column("predicted")) + 1] eq as ? 0.5 : NaN
plot $confusion using "predicted":"label":"share" with image pixels, \
     "" using "predicted":"label":(marked("silenced")):(0.5) with boxxyerror \
       fs transparent pattern 4 noborder lc rgb "#999999", \
     "" using "predicted":"label":(marked("never")):(0.5) with boxxyerror \
       fs transparent pattern 6 noborder lc rgb "#bbbbbb", \
     "" using "predicted":"label":"images":(ink(column("share"))) with labels \
       font small textcolor rgb variable
