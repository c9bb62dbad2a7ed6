// libavif, as libavif.so.15 (version 0.11) and libavif.so.16 (1.0 and later) lay out its structures. Only the members
// that are used are named, by their distance from the start; on other systems than those of 64 bits nothing is opened.

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CImageCodecs.h"
#include "opened.h"

typedef struct decoder DECODER;
typedef struct image IMAGE;

// Distances in BYTES.
typedef struct {
  size_t transforms, turns, mirror, exif, xmp;  // in an image
  size_t pixels, stride;                        // in an RGB image
} layout;
enum { SIZE_LIMIT = 28, SIDE_LIMIT = 32, STRICTNESS = 40, IMAGE_OF_DECODER = 48 };  // in a decoder
enum { WIDTH = 0, HEIGHT = 4, ALPHA = 64 };                                         // in an image
enum { RGB_DEPTH = 8, RGB_FORMAT = 12, RGB_SIZE = 256 };                            // in an RGB image, which is shorter
enum { FORMAT_RGB = 0, FORMAT_RGBA = 1 };
enum { HAS_TURNS = 4, HAS_MIRROR = 8 };
// What Pillow is lenient about: a missing description of pixels, a clean aperture that makes no sense.
enum { LENIENCIES = 3 };

static const layout layout15 = {.transforms = 112, .turns = 156, .mirror = 157, .exif = 160, .xmp = 176, .pixels = 40, .stride = 48};
static const layout layout16 = {.transforms = 116, .turns = 160, .mirror = 161, .exif = 168, .xmp = 184, .pixels = 48, .stride = 56};

static struct {
  int is_open;
  const layout *layout;
  DECODER *(*create)(void);
  void (*destroy)(DECODER *decoder);
  int (*set_memory)(DECODER *decoder, const uint8_t *bytes, size_t count);
  int (*parse)(DECODER *decoder);
  int (*next_image)(DECODER *decoder);
  void (*set_defaults)(void *rgb, const IMAGE *image);
  int (*to_rgb)(const IMAGE *image, void *rgb);
  const char *(*text_of)(int result);
} avif;

static void open_avif(void) {
  const rz_function functions[] = {
      {"avifDecoderCreate", &avif.create},
      {"avifDecoderDestroy", &avif.destroy},
      {"avifDecoderSetIOMemory", &avif.set_memory},
      {"avifDecoderParse", &avif.parse},
      {"avifDecoderNextImage", &avif.next_image},
      {"avifRGBImageSetDefaults", &avif.set_defaults},
      {"avifImageYUVToRGB", &avif.to_rgb},
      {"avifResultToString", &avif.text_of},
  };
  static const char *const names16[] = {
#ifdef __APPLE__
      "libavif.16.dylib", "/opt/homebrew/lib/libavif.16.dylib", "/usr/local/lib/libavif.16.dylib",
#else
      "libavif.so.16",
#endif
  };
  static const char *const names15[] = {"libavif.so.15"};
  if (sizeof(void *) != 8) return;
  avif.layout = &layout16;
  avif.is_open = rz_open(names16, sizeof names16 / sizeof *names16, functions, sizeof functions / sizeof *functions);
  if (avif.is_open) return;
  avif.layout = &layout15;
  avif.is_open = rz_open(names15, sizeof names15 / sizeof *names15, functions, sizeof functions / sizeof *functions);
}

int rz_avif_is_there(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_avif);
  return avif.is_open;
}

struct rz_avif {
  DECODER *decoder;
  const IMAGE *image;
  char error_text[128];
};

static uint32_t number_at(const void *structure, size_t distance) {
  uint32_t value;
  memcpy(&value, (const char *)structure + distance, sizeof value);
  return value;
}

static void *pointer_at(const void *structure, size_t distance) {
  void *value;
  memcpy(&value, (const char *)structure + distance, sizeof value);
  return value;
}

static void put_number(void *structure, size_t distance, uint32_t value) {
  memcpy((char *)structure + distance, &value, sizeof value);
}

static int fail(rz_avif *file, int result) {
  snprintf(file->error_text, sizeof file->error_text, "%s", avif.text_of(result));
  return RZ_IMAGE_CORRUPT;
}

static int fail_as(rz_avif *file, const char *text) {
  snprintf(file->error_text, sizeof file->error_text, "%s", text);
  return RZ_IMAGE_CORRUPT;
}

int rz_avif_new(const uint8_t *bytes, size_t count, uint32_t pixel_limit, uint32_t side_limit, rz_avif **result) {
  *result = NULL;
  if (!rz_avif_is_there()) return RZ_IMAGE_NO_LIBRARY;
  rz_avif *file = calloc(1, sizeof *file);
  if (file == NULL) return RZ_IMAGE_NO_MEMORY;
  *result = file;
  file->decoder = avif.create();
  if (file->decoder == NULL) return RZ_IMAGE_NO_MEMORY;
  put_number(file->decoder, SIZE_LIMIT, pixel_limit);
  put_number(file->decoder, SIDE_LIMIT, side_limit);
  put_number(file->decoder, STRICTNESS, number_at(file->decoder, STRICTNESS) & ~(uint32_t)LENIENCIES);
  int status = avif.set_memory(file->decoder, bytes, count);
  if (status == 0) status = avif.parse(file->decoder);
  if (status != 0) return fail(file, status);
  file->image = pointer_at(file->decoder, IMAGE_OF_DECODER);
  return file->image != NULL ? RZ_IMAGE_OK : fail_as(file, "it holds no image");
}

void rz_avif_free(rz_avif *file) {
  if (file == NULL) return;
  if (file->decoder != NULL) avif.destroy(file->decoder);
  free(file);
}

uint32_t rz_avif_width(const rz_avif *file) { return number_at(file->image, WIDTH); }
uint32_t rz_avif_height(const rz_avif *file) { return number_at(file->image, HEIGHT); }
const char *rz_avif_error_text(const rz_avif *file) { return file->error_text; }

uint32_t rz_avif_orientation(const rz_avif *file) {
  uint32_t transforms = number_at(file->image, avif.layout->transforms);
  unsigned turns = transforms & HAS_TURNS ? ((const uint8_t *)file->image)[avif.layout->turns] : 0;
  if (!(transforms & HAS_MIRROR)) return (const uint32_t[]){1, 8, 3, 6}[turns & 3];
  int exchanges_columns = ((const uint8_t *)file->image)[avif.layout->mirror];
  return exchanges_columns ? (const uint32_t[]){2, 7, 4, 5}[turns & 3] : (const uint32_t[]){4, 5, 2, 7}[turns & 3];
}

static const uint8_t *data_at(const rz_avif *file, size_t distance, size_t *count) {
  memcpy(count, (const char *)file->image + distance + sizeof(void *), sizeof *count);
  return pointer_at(file->image, distance);
}

const uint8_t *rz_avif_exif(const rz_avif *file, size_t *count) { return data_at(file, avif.layout->exif, count); }
const uint8_t *rz_avif_xmp(const rz_avif *file, size_t *count) { return data_at(file, avif.layout->xmp, count); }

int rz_avif_decode(rz_avif *file, uint8_t *pixels) {
  uint32_t width = rz_avif_width(file), height = rz_avif_height(file);
  int status = avif.next_image(file->decoder);
  if (status != 0) return fail(file, status);
  if (rz_avif_width(file) != width || rz_avif_height(file) != height) return fail_as(file, "its sizes contradict one another");

  // With alpha as Pillow asks for it: other conversions may round otherwise.
  int has_alpha = pointer_at(file->image, ALPHA) != NULL;
  size_t stride = (size_t)width * (has_alpha ? 4 : 3);
  uint8_t *target = has_alpha ? malloc(stride * height) : pixels;
  if (target == NULL) return RZ_IMAGE_NO_MEMORY;
  char rgb[RGB_SIZE] __attribute__((aligned(8))) = {0};
  avif.set_defaults(rgb, file->image);
  put_number(rgb, RGB_DEPTH, 8);
  put_number(rgb, RGB_FORMAT, has_alpha ? FORMAT_RGBA : FORMAT_RGB);
  memcpy(rgb + avif.layout->pixels, &target, sizeof target);
  put_number(rgb, avif.layout->stride, (uint32_t)stride);
  status = avif.to_rgb(file->image, rgb);
  if (has_alpha) {
    if (status == 0) rz_keep_channels_u8(target, (size_t)width * height, 4, 3, pixels);
    free(target);
  }
  return status == 0 ? RZ_IMAGE_OK : fail(file, status);
}
