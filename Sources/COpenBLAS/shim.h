// The types of what is used of the system's OpenBLAS: `apt install libopenblas-dev` (Debian, Ubuntu).
// The library itself is loaded when a program wants it.
#include <cblas.h>

typedef __typeof__(&cblas_sgemm) cblas_sgemm_function;
typedef void (*openblas_set_number_function)(int);
typedef char *(*openblas_text_function)(void);
