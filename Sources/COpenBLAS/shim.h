// The system's OpenBLAS: `apt install libopenblas-dev` (Debian, Ubuntu).
#include <cblas.h>
