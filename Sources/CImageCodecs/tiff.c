// libtiff, from version 4.5 on, through the binary interface of libtiff.so.6: the numbers below are those of its tiff.h.

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CImageCodecs.h"
#include "opened.h"
#include "tiff.h"

typedef struct options OPTIONS;
typedef int message_handler(TIFF *file, void *context, const char *module, const char *format, va_list arguments);

enum {
  TAG_WIDTH = 256,
  TAG_HEIGHT = 257,
  TAG_BITS = 258,
  TAG_COMPRESSION = 259,
  TAG_PHOTOMETRIC = 262,
  TAG_ORIENTATION = 274,
  TAG_SAMPLES = 277,
  TAG_PLANES = 284,
  TAG_COLORS = 320,
  TAG_TILE_WIDTH = 322,
  TAG_TILE_HEIGHT = 323,
  TAG_EXTRA_SAMPLES = 338,
  TAG_SAMPLE_FORMAT = 339,
  TAG_XMP = 700,
  TAG_JPEG_COLOR_MODE = 65538,
};
enum { COMPRESSION_OLD_JPEG = 6, COMPRESSION_JPEG = 7 };
enum { EXTRA_PREMULTIPLIED = 1 };

static struct {
  int is_open;
  OPTIONS *(*options_alloc)(void);
  void (*options_free)(OPTIONS *options);
  void (*options_set_limit)(OPTIONS *options, ptrdiff_t limit);
  void (*options_set_error)(OPTIONS *options, message_handler *handler, void *context);
  void (*options_set_warning)(OPTIONS *options, message_handler *handler, void *context);
  TIFF *(*open)(
      const char *name, const char *mode, void *client, ptrdiff_t (*read)(void *, void *, ptrdiff_t),
      ptrdiff_t (*write)(void *, void *, ptrdiff_t), uint64_t (*seek)(void *, uint64_t, int), int (*close)(void *),
      uint64_t (*size)(void *), int (*map)(void *, void **, uint64_t *), void (*unmap)(void *, void *, uint64_t),
      OPTIONS *options);
  void (*close)(TIFF *file);
  int (*get)(TIFF *file, uint32_t tag, ...);
  int (*get_or_default)(TIFF *file, uint32_t tag, ...);
  int (*set)(TIFF *file, uint32_t tag, ...);
  int (*is_tiled)(TIFF *file);
  int (*is_big_endian)(TIFF *file);
  uint64_t (*row_size)(TIFF *file);
  uint64_t (*tile_size)(TIFF *file);
  uint64_t (*tile_row_size)(TIFF *file);
  int (*read_row)(TIFF *file, void *samples, uint32_t row, uint16_t plane);
  ptrdiff_t (*read_tile)(TIFF *file, void *samples, uint32_t x, uint32_t y, uint32_t z, uint16_t plane);
  int (*read_rgba)(TIFF *file, uint32_t width, uint32_t height, uint32_t *pixels, int orientation, int stops);
} tiff;

static void open_tiff(void) {
  static const char *const names[] = {
#ifdef __APPLE__
      "libtiff.6.dylib", "/opt/homebrew/lib/libtiff.6.dylib", "/usr/local/lib/libtiff.6.dylib",
#else
      "libtiff.so.6",
#endif
  };
  const rz_function functions[] = {
      {"TIFFOpenOptionsAlloc", &tiff.options_alloc},
      {"TIFFOpenOptionsFree", &tiff.options_free},
      {"TIFFOpenOptionsSetMaxSingleMemAlloc", &tiff.options_set_limit},
      {"TIFFOpenOptionsSetErrorHandlerExtR", &tiff.options_set_error},
      {"TIFFOpenOptionsSetWarningHandlerExtR", &tiff.options_set_warning},
      {"TIFFClientOpenExt", &tiff.open},
      {"TIFFClose", &tiff.close},
      {"TIFFGetField", &tiff.get},
      {"TIFFGetFieldDefaulted", &tiff.get_or_default},
      {"TIFFSetField", &tiff.set},
      {"TIFFIsTiled", &tiff.is_tiled},
      {"TIFFIsBigEndian", &tiff.is_big_endian},
      {"TIFFScanlineSize64", &tiff.row_size},
      {"TIFFTileSize64", &tiff.tile_size},
      {"TIFFTileRowSize64", &tiff.tile_row_size},
      {"TIFFReadScanline", &tiff.read_row},
      {"TIFFReadTile", &tiff.read_tile},
      {"TIFFReadRGBAImageOriented", &tiff.read_rgba},
  };
  tiff.is_open = rz_open(names, sizeof names / sizeof *names, functions, sizeof functions / sizeof *functions);
}

int rz_tiff_is_there(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_tiff);
  return tiff.is_open;
}

// MARK: The file in memory

static ptrdiff_t read_bytes(void *client, void *target, ptrdiff_t wanted) {
  rz_tiff *image = client;
  if (wanted <= 0 || image->position >= image->count) return 0;
  uint64_t rest = image->count - image->position;
  uint64_t count = (uint64_t)wanted < rest ? (uint64_t)wanted : rest;
  memcpy(target, image->bytes + image->position, count);
  image->position += count;
  return (ptrdiff_t)count;
}

static ptrdiff_t write_nothing(void *client, void *source, ptrdiff_t count) {
  (void)client, (void)source, (void)count;
  return 0;
}

static uint64_t seek(void *client, uint64_t offset, int whence) {
  rz_tiff *image = client;
  if (whence == SEEK_CUR) offset += image->position;
  if (whence == SEEK_END) offset += image->count;
  return image->position = offset;
}

static int close_nothing(void *client) {
  (void)client;
  return 0;
}

static uint64_t size_of(void *client) { return ((rz_tiff *)client)->count; }

static int map(void *client, void **base, uint64_t *count) {
  rz_tiff *image = client;
  *base = (void *)(uintptr_t)image->bytes;
  *count = image->count;
  return 1;
}

static void unmap(void *client, void *base, uint64_t count) { (void)client, (void)base, (void)count; }

static int keep_first_error(TIFF *file, void *context, const char *module, const char *format, va_list arguments) {
  (void)file, (void)module;
  rz_tiff *image = context;
  if (image->error_text[0] == 0) vsnprintf(image->error_text, sizeof image->error_text, format, arguments);
  return 1;
}

static int ignore_warning(TIFF *file, void *context, const char *module, const char *format, va_list arguments) {
  (void)file, (void)context, (void)module, (void)format, (void)arguments;
  return 1;
}

// MARK: Opening

static int fail(rz_tiff *image, int status, const char *text) {
  if (image->error_text[0] == 0) snprintf(image->error_text, sizeof image->error_text, "%s", text);
  return status;
}

// The kinds of samples that Pillow converts to RGB.
static int is_known_kind(const rz_tiff *image, int is_big_endian, uint16_t extra_count, const uint16_t *extra) {
  int bits = image->bits, samples = image->samples, format = image->format;
  int is_byte = bits == 8 && format == UNSIGNED, is_short = bits == 16 && format == UNSIGNED;
  int is_low = bits == 1 || bits == 2 || bits == 4;
  // All extra samples but the first are of no use.
  for (int i = 1; i < extra_count; i++) {
    if (extra[i] != 0) return 0;
  }
  switch (image->photometric) {
  case WHITE_IS_ZERO:
  case BLACK_IS_ZERO:
    if (samples == 2) return image->photometric == BLACK_IS_ZERO && is_byte && extra_count == 1 && extra[0] != EXTRA_PREMULTIPLIED;
    if (samples != 1) return 0;
    if (format == UNSIGNED && (is_low || bits == 8)) return 1;
    if (image->photometric == WHITE_IS_ZERO) return (is_short && !is_big_endian) || (format == FLOAT && bits == 32);
    return bits == 32 || bits == 16 || (format == SIGNED && bits == 8) || (format == UNSIGNED && bits == 12);
  case RGB:
    if (extra_count > 0 && extra_count != samples - 3) return 0;
    return (is_byte && samples >= 3 && samples <= 6) || (is_short && (samples == 3 || samples == 4));
  case INDEXED:
    return format == UNSIGNED &&
           ((samples == 1 && (is_low || bits == 8)) || (samples == 2 && bits == 8 && extra_count == 1 && extra[0] != EXTRA_PREMULTIPLIED));
  case INKS:
    return (is_byte && samples >= 4 && samples <= 6) || (is_short && samples == 4);
  case YCBCR:
    return is_byte && samples == 3;
  default:
    return 0;
  }
}

int rz_tiff_new(const uint8_t *bytes, size_t count, size_t memory_limit, rz_tiff **result) {
  *result = NULL;
  if (!rz_tiff_is_there()) return RZ_IMAGE_NO_LIBRARY;
  rz_tiff *image = calloc(1, sizeof *image);
  OPTIONS *options = tiff.options_alloc();
  if (image == NULL || options == NULL) {
    free(image);
    if (options != NULL) tiff.options_free(options);
    return RZ_IMAGE_NO_MEMORY;
  }
  *result = image;
  image->bytes = bytes;
  image->count = count;
  tiff.options_set_limit(options, (ptrdiff_t)memory_limit);
  tiff.options_set_error(options, keep_first_error, image);
  tiff.options_set_warning(options, ignore_warning, image);
  image->file = tiff.open(
      "image", "r", image, read_bytes, write_nothing, seek, close_nothing, size_of, map, unmap, options);
  tiff.options_free(options);
  if (image->file == NULL) return fail(image, RZ_IMAGE_CORRUPT, "its directory cannot be read");
  image->error_text[0] = 0;  // libtiff complains of tags that it does not know, too

  uint16_t extra_count = 0;
  const uint16_t *extra = NULL;
  if (!tiff.get(image->file, TAG_WIDTH, &image->width) || !tiff.get(image->file, TAG_HEIGHT, &image->height)) {
    return fail(image, RZ_IMAGE_CORRUPT, "it does not say its size");
  }
  tiff.get_or_default(image->file, TAG_BITS, &image->bits);
  tiff.get_or_default(image->file, TAG_SAMPLES, &image->samples);
  tiff.get_or_default(image->file, TAG_PLANES, &image->planes);
  tiff.get_or_default(image->file, TAG_SAMPLE_FORMAT, &image->format);
  tiff.get_or_default(image->file, TAG_COMPRESSION, &image->compression);
  if (!tiff.get(image->file, TAG_PHOTOMETRIC, &image->photometric)) image->photometric = WHITE_IS_ZERO;
  if (!tiff.get(image->file, TAG_EXTRA_SAMPLES, &extra_count, &extra) || extra == NULL) extra_count = 0;
  if (image->compression == COMPRESSION_OLD_JPEG) {
    return fail(image, RZ_IMAGE_UNSUPPORTED, "its compression is the old form of JPEG");
  }
  if (image->format > FLOAT || image->format == 0 || (image->format == FLOAT && image->bits != 32) ||
      !is_known_kind(image, tiff.is_big_endian(image->file), extra_count, extra)) {
    snprintf(
        image->error_text, sizeof image->error_text, "%u samples of %u bits, sample format %u, photometric interpretation %u",
        image->samples, image->bits, image->format, image->photometric);
    return RZ_IMAGE_UNSUPPORTED;
  }
  image->is_premultiplied = image->photometric == RGB && extra_count > 0 && extra[0] == EXTRA_PREMULTIPLIED;
  if (image->photometric == INDEXED &&
      !tiff.get(image->file, TAG_COLORS, &image->colors[0], &image->colors[1], &image->colors[2])) {
    return fail(image, RZ_IMAGE_CORRUPT, "it has no colour map");
  }
  if (image->photometric == YCBCR) {
    if (image->compression == COMPRESSION_JPEG && image->planes == 1) {
      tiff.set(image->file, TAG_JPEG_COLOR_MODE, 1);
    } else {
      image->is_rgba = 1;
    }
  }
  return RZ_IMAGE_OK;
}

void rz_tiff_free(rz_tiff *image) {
  if (image == NULL) return;
  if (image->file != NULL) tiff.close(image->file);
  free(image);
}

uint32_t rz_tiff_width(const rz_tiff *image) { return image->width; }
uint32_t rz_tiff_height(const rz_tiff *image) { return image->height; }
uint32_t rz_tiff_channels(const rz_tiff *image) { return image->photometric <= BLACK_IS_ZERO ? 1 : 3; }
const char *rz_tiff_error_text(const rz_tiff *image) { return image->error_text; }

uint32_t rz_tiff_orientation(const rz_tiff *image) {
  uint16_t orientation = 0;
  return tiff.get(image->file, TAG_ORIENTATION, &orientation) ? orientation : 0;
}

const uint8_t *rz_tiff_xmp(const rz_tiff *image, size_t *count) {
  uint32_t byte_count = 0;
  const uint8_t *packet = NULL;
  if (!tiff.get(image->file, TAG_XMP, &byte_count, &packet) || packet == NULL) return NULL;
  *count = byte_count;
  return packet;
}

// MARK: Decoding

// Planes that matter.
static unsigned plane_count(const rz_tiff *image) {
  if (image->planes != 2) return 1;
  if (image->photometric == INKS || image->is_premultiplied) return 4;
  return rz_tiff_channels(image) == 1 || image->photometric == INDEXED ? 1 : 3;
}

static int read_rows(rz_tiff *image, size_t memory_limit, uint8_t *pixels) {
  uint64_t size = tiff.row_size(image->file);
  size_t stride = (size_t)image->width * rz_tiff_channels(image);
  // What this file reads of a row must be in what libtiff makes of it.
  uint64_t needed = ((uint64_t)image->width * image->bits * (image->planes == 2 ? 1 : image->samples) + 7) / 8;
  if (size < needed || size > memory_limit) return fail(image, RZ_IMAGE_CORRUPT, "the length of its rows is wrong");
  uint8_t *row = malloc(size);
  if (row == NULL) return fail(image, RZ_IMAGE_NO_MEMORY, "no memory for a row");
  int status = RZ_IMAGE_OK;
  for (unsigned plane = 0; plane < plane_count(image) && status == RZ_IMAGE_OK; plane++) {
    for (uint32_t y = 0; y < image->height && status == RZ_IMAGE_OK; y++) {
      if (tiff.read_row(image->file, row, y, (uint16_t)plane) < 0) {
        status = fail(image, RZ_IMAGE_CORRUPT, "a row cannot be read");
      } else {
        rz_tiff_convert(image, row, image->width, plane, pixels + y * stride);
      }
    }
  }
  free(row);
  return status;
}

static int read_tiles(rz_tiff *image, size_t memory_limit, uint8_t *pixels) {
  uint32_t tile_width = 0, tile_height = 0;
  tiff.get(image->file, TAG_TILE_WIDTH, &tile_width);
  tiff.get(image->file, TAG_TILE_HEIGHT, &tile_height);
  uint64_t size = tiff.tile_size(image->file), row_size = tiff.tile_row_size(image->file);
  size_t channels = rz_tiff_channels(image), stride = image->width * channels;
  uint64_t needed = ((uint64_t)tile_width * image->bits * (image->planes == 2 ? 1 : image->samples) + 7) / 8;
  if (tile_width == 0 || tile_height == 0 || row_size < needed || size > memory_limit || size / row_size < tile_height) {
    return fail(image, RZ_IMAGE_CORRUPT, "the size of its tiles is wrong");
  }
  uint8_t *tile = malloc(size);
  if (tile == NULL) return fail(image, RZ_IMAGE_NO_MEMORY, "no memory for a tile");
  int status = RZ_IMAGE_OK;
  for (unsigned plane = 0; plane < plane_count(image); plane++) {
    for (uint64_t y = 0; y < image->height && status == RZ_IMAGE_OK; y += tile_height) {
      for (uint64_t x = 0; x < image->width && status == RZ_IMAGE_OK; x += tile_width) {
        if (tiff.read_tile(image->file, tile, (uint32_t)x, (uint32_t)y, 0, (uint16_t)plane) < (ptrdiff_t)size) {
          status = fail(image, RZ_IMAGE_CORRUPT, "a tile cannot be read");
          break;
        }
        uint64_t columns = image->width - x < tile_width ? image->width - x : tile_width;
        uint64_t rows = image->height - y < tile_height ? image->height - y : tile_height;
        for (uint64_t r = 0; r < rows; r++) {
          rz_tiff_convert(image, tile + r * row_size, columns, plane, pixels + (y + r) * stride + x * channels);
        }
      }
    }
  }
  free(tile);
  return status;
}

static int read_rgba(rz_tiff *image, size_t memory_limit, uint8_t *pixels) {
  size_t count = (size_t)image->width * image->height;
  if (count > memory_limit / 4) return fail(image, RZ_IMAGE_NO_MEMORY, "too many pixels of this kind");
  uint32_t *packed = malloc(4 * count);
  if (packed == NULL) return fail(image, RZ_IMAGE_NO_MEMORY, "no memory for its pixels");
  // It is turned upright elsewhere.
  tiff.set(image->file, TAG_ORIENTATION, 1);
  int status = RZ_IMAGE_OK;
  if (tiff.read_rgba(image->file, image->width, image->height, packed, 1, 1)) {
    for (size_t i = 0; i < count; i++) {
      for (size_t c = 0; c < 3; c++) pixels[3 * i + c] = (uint8_t)(packed[i] >> (8 * c));
    }
  } else {
    status = fail(image, RZ_IMAGE_CORRUPT, "its pixels cannot be read");
  }
  free(packed);
  return status;
}

int rz_tiff_decode(rz_tiff *image, int clips16, size_t memory_limit, uint8_t *pixels) {
  image->clips16 = clips16;
  image->error_text[0] = 0;
  if (image->is_rgba) return read_rgba(image, memory_limit, pixels);
  return tiff.is_tiled(image->file) ? read_tiles(image, memory_limit, pixels) : read_rows(image, memory_limit, pixels);
}
