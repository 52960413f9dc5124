#include "CJPEG.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#define TEXT(tokens) TEXT_OF(tokens)
#define TEXT_OF(tokens) #tokens

const char *cjpeg_version(void) {
#ifdef LIBJPEG_TURBO_VERSION
  return "libjpeg-turbo " TEXT(LIBJPEG_TURBO_VERSION);
#else
  return "libjpeg " TEXT(JPEG_LIB_VERSION);
#endif
}

// What libjpeg's callbacks reach through `cinfo->err`.
typedef struct {
  struct jpeg_error_mgr manager;  // first, so that a pointer to it is a pointer to this
  jmp_buf failed;
  cjpeg_code code;
  char *message;
} error_state;

static void fail(error_state *errors, const char *message) {
  errors->code = CJPEG_CORRUPT;
  snprintf(errors->message, CJPEG_MESSAGE_SIZE, "%s", message);
  longjmp(errors->failed, 1);
}

static void on_error(j_common_ptr cinfo) {
  error_state *errors = (error_state *)cinfo->err;
  char text[JMSG_LENGTH_MAX];
  errors->manager.format_message(cinfo, text);
  int code = errors->manager.msg_code;
  errors->code = code == JERR_OUT_OF_MEMORY ? CJPEG_OUT_OF_MEMORY : CJPEG_CORRUPT;
  snprintf(errors->message, CJPEG_MESSAGE_SIZE, "%s", text);
  longjmp(errors->failed, 1);
}

static void ignore_message(j_common_ptr cinfo) { (void)cinfo; }

static struct jpeg_error_mgr *prepare(error_state *errors, char *message) {
  jpeg_std_error(&errors->manager);
  errors->manager.error_exit = on_error;
  errors->manager.output_message = ignore_message;
  errors->code = CJPEG_OK;
  errors->message = message;
  message[0] = 0;
  return &errors->manager;
}

// MARK: - Source: the whole file in memory
//
// libjpeg's own memory source makes up an end where the data stop. This one suspends instead, which
// shows a truncated file for what it is, as in Pillow.

static void no_action(j_decompress_ptr cinfo) { (void)cinfo; }

static boolean suspend(j_decompress_ptr cinfo) {
  (void)cinfo;
  return FALSE;
}

static void skip(j_decompress_ptr cinfo, long count) {
  if (count <= 0) return;
  size_t rest = cinfo->src->bytes_in_buffer;
  size_t step = (size_t)count < rest ? (size_t)count : rest;
  cinfo->src->next_input_byte += step;
  cinfo->src->bytes_in_buffer -= step;
}

static const char *const ends_early = "the file ends too early";

// What a file that does not start as a JPEG file is instead.
static const char *foreign(const uint8_t *bytes, size_t count) {
  static const struct {
    const char *start, *message;
  } formats[] = {
      {"\x89PNG", "a PNG file, expected JPEG"},
      {"GIF8", "a GIF file, expected JPEG"},
      {"BM", "a BMP file, expected JPEG"},
      {"RIFF", "a WebP or another RIFF file, expected JPEG"},
  };
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
    size_t length = strlen(formats[i].start);
    if (count >= length && memcmp(bytes, formats[i].start, length) == 0) return formats[i].message;
  }
  return "not a JPEG file";
}

// Reads the header and checks what this project accepts: 1, 3 or 4 components and a bounded size.
static void read_header(
    struct jpeg_decompress_struct *cinfo, struct jpeg_source_mgr *source, error_state *errors,
    const uint8_t *bytes, size_t count) {
  *source = (struct jpeg_source_mgr){
      .next_input_byte = bytes,
      .bytes_in_buffer = count,
      .init_source = no_action,
      .fill_input_buffer = suspend,
      .skip_input_data = skip,
      .resync_to_restart = jpeg_resync_to_restart,
      .term_source = no_action,
  };
  cinfo->src = source;
  if (count == 0) fail(errors, "the file is empty");
  // As Pillow, which takes the first marker for a part of the signature.
  if (count < 3 || memcmp(bytes, "\xff\xd8\xff", 3) != 0) fail(errors, foreign(bytes, count));
  if (jpeg_read_header(cinfo, TRUE) == JPEG_SUSPENDED) fail(errors, ends_early);
  int components = cinfo->num_components;
  if (components != 1 && components != 3 && components != 4) {
    fail(errors, "expected 1, 3 or 4 color components");
  }
  long pixels = (long)cinfo->image_width * (long)cinfo->image_height;
  if (pixels > CJPEG_PIXEL_LIMIT) fail(errors, "more than 178956970 pixels");
  // Every block of 8 x 8 coefficients takes a bit at least. A small image may break off early and be
  // filled up, as in Pillow; a large one must not cost memory that the file cannot fill.
  long blocks = (pixels + DCTSIZE2 - 1) / DCTSIZE2;
  if (pixels > CJPEG_LARGE && (long)count < blocks / 8) {
    fail(errors, "the file is too small for its width and height");
  }
}

cjpeg_code cjpeg_read_size(
    const uint8_t *bytes, size_t count, int *width, int *height, char *message) {
  struct jpeg_decompress_struct cinfo;
  struct jpeg_source_mgr source;
  error_state errors;
  memset(&cinfo, 0, sizeof cinfo);
  cinfo.err = prepare(&errors, message);
  if (setjmp(errors.failed)) {
    jpeg_destroy_decompress(&cinfo);
    return errors.code;
  }
  jpeg_create_decompress(&cinfo);
  read_header(&cinfo, &source, &errors, bytes, count);
  *width = (int)cinfo.image_width;
  *height = (int)cinfo.image_height;
  jpeg_destroy_decompress(&cinfo);
  return CJPEG_OK;
}

// MARK: - Decoding

static void limit_scans(j_common_ptr common) {
  j_decompress_ptr cinfo = (j_decompress_ptr)common;
  long pixels = (long)cinfo->image_width * (long)cinfo->image_height;
  long limit = CJPEG_SCAN_LIMIT;
  if (pixels > CJPEG_LARGE) limit = limit * CJPEG_LARGE / pixels;
  if (cinfo->input_scan_number > limit) {
    char message[CJPEG_MESSAGE_SIZE];
    snprintf(message, sizeof message, "more than %ld scans", limit);
    fail((error_state *)cinfo->err, message);
  }
}

// Pillow's conversion of one row. It takes every file of four components for one of Adobe's, whose
// values are inverted; `a` below is therefore already 255 - C, and `k` 255 - K.
static void convert_cmyk(const uint8_t *cmyk, uint8_t *rgb, int width) {
  for (int x = 0; x < width; x++) {
    int k = cmyk[4 * x + 3];
    for (int c = 0; c < 3; c++) {
      int a = cmyk[4 * x + c];
      int product = (255 - a) * k + 128;  // divided by 255, rounded
      rgb[3 * x + c] = (uint8_t)(k - ((product + (product >> 8)) >> 8));
    }
  }
}

cjpeg_code cjpeg_decode(
    const uint8_t *bytes, size_t count, int width, int height, uint8_t *pixels, char *message) {
  struct jpeg_decompress_struct cinfo;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress = {.progress_monitor = limit_scans};
  error_state errors;
  memset(&cinfo, 0, sizeof cinfo);
  cinfo.err = prepare(&errors, message);
  if (setjmp(errors.failed)) {
    jpeg_destroy_decompress(&cinfo);
    return errors.code;
  }
  jpeg_create_decompress(&cinfo);
  cinfo.progress = &progress;
  read_header(&cinfo, &source, &errors, bytes, count);
  if ((int)cinfo.image_width != width || (int)cinfo.image_height != height) {
    fail(&errors, "the size differs from the expected one");
  }
  // The accurate integer transform and smooth chroma upsampling are libjpeg's defaults and Pillow's.
  int is_cmyk = cinfo.num_components == 4;
  cinfo.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
  if (!jpeg_start_decompress(&cinfo)) fail(&errors, ends_early);

  JSAMPROW cmyk = NULL;
  if (is_cmyk) {
    cmyk = (JSAMPROW)cinfo.mem->alloc_large((j_common_ptr)&cinfo, JPOOL_IMAGE, (size_t)width * 4);
  }
  for (int y = 0; y < height; y++) {
    JSAMPROW rgb = pixels + (size_t)y * (size_t)width * 3;
    JSAMPROW row = is_cmyk ? cmyk : rgb;
    if (jpeg_read_scanlines(&cinfo, &row, 1) != 1) fail(&errors, ends_early);
    if (is_cmyk) convert_cmyk(cmyk, rgb, width);
  }
  // All rows are there: what follows them, up to the end marker, does not matter.
  jpeg_finish_decompress(&cinfo);
  jpeg_destroy_decompress(&cinfo);
  return CJPEG_OK;
}

// MARK: - Encoding

cjpeg_code cjpeg_encode(
    const uint8_t *pixels, int width, int height, int quality, uint8_t **encoded, size_t *count,
    char *message) {
  struct jpeg_compress_struct cinfo;
  error_state errors;
  unsigned char *buffer = NULL;
  unsigned long size = 0;
  memset(&cinfo, 0, sizeof cinfo);
  cinfo.err = prepare(&errors, message);
  if (setjmp(errors.failed)) {
    jpeg_destroy_compress(&cinfo);
    return errors.code;
  }
  jpeg_create_compress(&cinfo);
  // libjpeg would find this out after taking memory that only it could give back.
  if (width > JPEG_MAX_DIMENSION || height > JPEG_MAX_DIMENSION) {
    ERREXIT1(&cinfo, JERR_IMAGE_TOO_BIG, JPEG_MAX_DIMENSION);
  }
  jpeg_mem_dest(&cinfo, &buffer, &size);
  cinfo.image_width = (JDIMENSION)width;
  cinfo.image_height = (JDIMENSION)height;
  cinfo.input_components = 3;
  cinfo.in_color_space = JCS_RGB;
  jpeg_set_defaults(&cinfo);
  jpeg_set_quality(&cinfo, quality, TRUE);
  jpeg_start_compress(&cinfo, TRUE);
  while (cinfo.next_scanline < cinfo.image_height) {
    JSAMPROW row = (JSAMPROW)(pixels + (size_t)cinfo.next_scanline * (size_t)width * 3);
    jpeg_write_scanlines(&cinfo, &row, 1);
  }
  jpeg_finish_compress(&cinfo);
  jpeg_destroy_compress(&cinfo);
  *encoded = buffer;
  *count = size;
  return CJPEG_OK;
}
