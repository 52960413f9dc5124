# Mean validation accuracies by the values of two settings.
# Needs: $cells (columns row, column, mean, text), settings (an array: of rows, of columns), rows, columns
# (arrays of values), heading, low, high (the smallest and the largest mean).
load "reports/plots/style.gp"
height = 120 + 44 * |rows|
set terminal svg size 720,height dynamic noenhanced font "sans-serif,14" background "#ffffff"
set xrange [-0.5:|columns| - 0.5]
set yrange [|rows| - 0.5:-0.5]
set xtics () scale 0
set ytics () scale 0
set for [i = 1:|columns|] xtics add (columns[i] i - 1)
set for [i = 1:|rows|] ytics add (rows[i] i - 1)
set xlabel settings[2]
set ylabel settings[1]
set tmargin at screen 1 - 36.0 / height
set bmargin at screen 60.0 / height
unset grid
unset key
unset colorbox
set palette defined (0 "#ffffff", 1 "#0072B2")
set cbrange [low - 0.15 * (high - low):high]
shade(mean) = (mean - low) / (high - low)
ink(mean) = mean == mean && shade(mean) > 0.6 ? 0xFFFFFF : 0x222222
plot $cells using "column":"row":(0.5):(0.5):"mean" with boxxyerror fs solid noborder lc palette, \
     "" using "column":"row":"text":(ink(column("mean"))) with labels offset 0, 0.4 font "sans-serif,12" \
       textcolor rgb variable
