# The confusion matrix: numbers of images, shaded by their share of the row.
# Needs: $confusion (columns label, predicted, images, share), names (an array).
load "reports/plots/style.gp"
set terminal svg size 720,540 dynamic noenhanced font "sans-serif,14" background "#ffffff"
count = |names|
set xrange [-0.5:count - 0.5]
set yrange [count - 0.5:-0.5]
set xtics () scale 0 rotate by 40 right
set ytics () scale 0
set for [i = 1:count] xtics add (names[i] i - 1)
set for [i = 1:count] ytics add (names[i] i - 1)
# No axis labels: gnuplot would put them as far away as the names are long.
set label "predicted" at graph 0.5, screen 0.04 center textcolor rgb "#222222"
set label "label" at screen 0.03, graph 0.5 center rotate by 90 textcolor rgb "#222222"
set lmargin 23
set bmargin 6.5
unset grid
unset key
set palette defined (0 "#ffffff", 1 "#0072B2")
set cbrange [0:1]
unset colorbox
small = count > 12 ? "sans-serif,8" : "sans-serif,12"
ink(share) = share > 0.55 ? 0xFFFFFF : 0x222222
plot $confusion using "predicted":"label":"share" with image pixels, \
     "" using "predicted":"label":"images":(ink(column("share"))) with labels \
       font small textcolor rgb variable
