// libjpeg behind setjmp.
//
// libjpeg's default is to print a message and end the process when a file is bad, and Swift cannot
// call setjmp. These functions return a code instead, with a message for people, and never print.

#ifndef CJPEG_H
#define CJPEG_H

#include <stddef.h>
#include <stdint.h>

// More pixels than this are refused before any memory is taken for them. It is the number from
// which Pillow calls an image a decompression bomb.
#define CJPEG_PIXEL_LIMIT 178956970L

// An image of more pixels than this is held to stricter limits of time and memory.
#define CJPEG_LARGE (1L << 24)

// More scans than this are refused: a small progressive file may otherwise ask for hours of work.
// Encoders write about ten. A large image may have fewer in proportion, 18 at the pixel limit.
#define CJPEG_SCAN_LIMIT 200

// The longest message, with its terminating zero.
#define CJPEG_MESSAGE_SIZE 256

typedef enum {
  CJPEG_OK = 0,
  // The data are not a JPEG file, are damaged, end too early or pass a limit.
  CJPEG_CORRUPT = 1,
  CJPEG_OUT_OF_MEMORY = 2,
} cjpeg_code;

// The library's name and version, those of the header that this is compiled with.
const char *cjpeg_version(void);

// Reads width and height in pixels from a file's header.
cjpeg_code cjpeg_read_size(
    const uint8_t *bytes, size_t count, int *width, int *height, char *message);

// Decodes a file into width * height * 3 bytes, RGB side by side, rows from the top. The size must
// be the one that cjpeg_read_size gives.
cjpeg_code cjpeg_decode(
    const uint8_t *bytes, size_t count, int width, int height, uint8_t *pixels, char *message);

// Encodes RGB pixels at a quality of 1 to 100 (chroma at half resolution). The caller passes
// *encoded to free().
cjpeg_code cjpeg_encode(
    const uint8_t *pixels, int width, int height, int quality, uint8_t **encoded, size_t *count,
    char *message);

#endif
