# The filters of the first convolution as small images of their weights, all on one scale.
# Needs: filters (a file), limit (what is white, as is all above; its negative is black), count (filters), kernel
# (height and width in weights).
load "reports/plots/style.gp"
columns = 16
rows = (count + columns - 1) / columns
pitch = kernel + 0.6
height = 20 + 700 * rows / columns
set terminal svg size 720,height dynamic noenhanced font "sans-serif,14" background "#ffffff"
set margins screen 10.0 / 720, screen 710.0 / 720, screen 10.0 / height, screen 1 - 10.0 / height
unset border
unset tics
unset grid
unset key
set xrange [-0.8:columns * pitch - 0.3]
set yrange [rows * pitch - 0.3:-0.8]
x(filter, column) = (int(filter) % columns) * pitch + column
y(filter, row) = (int(filter) / columns) * pitch + row
share(weight) = weight > limit ? 1 : weight < -limit ? -1 : weight / limit
byte(weight) = int(floor(127.5 + 127.5 * share(weight) + 0.5))
color(red, green, blue) = byte(red) * 65536 + byte(green) * 256 + byte(blue)
# Squares a little larger than their pitch, so that no gaps show between them.
set style fill solid 1 noborder
plot filters using (x(column("filter"), column("column"))):(y(column("filter"), column("row"))): \
  (0.51):(0.51):(color(column("red"), column("green"), column("blue"))) with boxxyerror \
  lc rgb variable
