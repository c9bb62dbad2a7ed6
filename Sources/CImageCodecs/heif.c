// libheif, from version 1.3 on. Its structures are opaque; the numbers below are those of its heif.h.

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CImageCodecs.h"
#include "opened.h"

typedef struct context CONTEXT;
typedef struct handle HANDLE;
typedef struct image IMAGE;
typedef struct {
  int code, detail;
  const char *text;
} outcome;

enum { COLORSPACE_RGB = 1, CHROMA_INTERLEAVED_RGB = 10, CHANNEL_INTERLEAVED = 10 };
enum { ERROR_UNSUPPORTED_TYPE = 3, ERROR_UNSUPPORTED_FEATURE = 4, ERROR_MEMORY = 6, ERROR_PLUGIN = 11 };

static struct {
  int is_open;
  CONTEXT *(*alloc)(void);
  void (*free)(CONTEXT *context);
  void (*set_side_limit)(CONTEXT *context, int side);
  outcome (*read)(CONTEXT *context, const void *bytes, size_t count, const void *options);
  outcome (*primary)(CONTEXT *context, HANDLE **handle);
  void (*release_handle)(const HANDLE *handle);
  int (*width)(const HANDLE *handle);
  int (*height)(const HANDLE *handle);
  int (*coded_width)(const HANDLE *handle);
  int (*coded_height)(const HANDLE *handle);
  outcome (*decode)(const HANDLE *handle, IMAGE **image, int colorspace, int chroma, const void *options);
  void (*release_image)(const IMAGE *image);
  int (*image_width)(const IMAGE *image, int channel);
  int (*image_height)(const IMAGE *image, int channel);
  const uint8_t *(*plane)(const IMAGE *image, int channel, int *stride);
} heif;

static void open_heif(void) {
  static const char *const names[] = {
#ifdef __APPLE__
      "libheif.1.dylib", "/opt/homebrew/lib/libheif.1.dylib", "/usr/local/lib/libheif.1.dylib",
#else
      "libheif.so.1",
#endif
  };
  const rz_function functions[] = {
      {"heif_context_alloc", &heif.alloc},
      {"heif_context_free", &heif.free},
      {"heif_context_set_maximum_image_size_limit", &heif.set_side_limit},
      {"heif_context_read_from_memory_without_copy", &heif.read},
      {"heif_context_get_primary_image_handle", &heif.primary},
      {"heif_image_handle_release", &heif.release_handle},
      {"heif_image_handle_get_width", &heif.width},
      {"heif_image_handle_get_height", &heif.height},
      {"heif_image_handle_get_ispe_width", &heif.coded_width},
      {"heif_image_handle_get_ispe_height", &heif.coded_height},
      {"heif_decode_image", &heif.decode},
      {"heif_image_release", &heif.release_image},
      {"heif_image_get_width", &heif.image_width},
      {"heif_image_get_height", &heif.image_height},
      {"heif_image_get_plane_readonly", &heif.plane},
  };
  heif.is_open = rz_open(names, sizeof names / sizeof *names, functions, sizeof functions / sizeof *functions);
}

int rz_heif_is_there(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_heif);
  return heif.is_open;
}

struct rz_heif {
  CONTEXT *context;
  HANDLE *handle;
  char error_text[256];
};

static int fail(rz_heif *file, outcome result) {
  snprintf(file->error_text, sizeof file->error_text, "%s", result.text != NULL ? result.text : "unknown fault");
  switch (result.code) {
  case ERROR_UNSUPPORTED_TYPE:
  case ERROR_UNSUPPORTED_FEATURE:
  case ERROR_PLUGIN:
    return RZ_IMAGE_UNSUPPORTED;
  case ERROR_MEMORY:
    return RZ_IMAGE_NO_MEMORY;
  default:
    return RZ_IMAGE_CORRUPT;
  }
}

int rz_heif_new(const uint8_t *bytes, size_t count, uint32_t side_limit, rz_heif **result) {
  *result = NULL;
  if (!rz_heif_is_there()) return RZ_IMAGE_NO_LIBRARY;
  rz_heif *file = calloc(1, sizeof *file);
  if (file == NULL) return RZ_IMAGE_NO_MEMORY;
  *result = file;
  file->context = heif.alloc();
  if (file->context == NULL) return RZ_IMAGE_NO_MEMORY;
  heif.set_side_limit(file->context, (int)side_limit);
  outcome read = heif.read(file->context, bytes, count, NULL);
  if (read.code != 0) return fail(file, read);
  outcome found = heif.primary(file->context, &file->handle);
  if (found.code != 0) return fail(file, found);
  // A canvas of tiles or overlays has a size of its own, which only this limit is compared with: as long a side as the image declares.
  int width = heif.coded_width(file->handle), height = heif.coded_height(file->handle);
  int side = width > height ? width : height;
  // libheif 1.15 refuses canvases of the limit itself.
  if (side > 0 && (uint32_t)side < side_limit) heif.set_side_limit(file->context, side + 1);
  return RZ_IMAGE_OK;
}

void rz_heif_free(rz_heif *file) {
  if (file == NULL) return;
  if (file->handle != NULL) heif.release_handle(file->handle);
  if (file->context != NULL) heif.free(file->context);
  free(file);
}

uint32_t rz_heif_width(const rz_heif *file) {
  int width = heif.width(file->handle);
  return width > 0 ? (uint32_t)width : 0;
}

uint32_t rz_heif_height(const rz_heif *file) {
  int height = heif.height(file->handle);
  return height > 0 ? (uint32_t)height : 0;
}

const char *rz_heif_error_text(const rz_heif *file) { return file->error_text; }

int rz_heif_decode(rz_heif *file, uint8_t *pixels) {
  size_t width = rz_heif_width(file), height = rz_heif_height(file);
  IMAGE *image = NULL;
  outcome decoded = heif.decode(file->handle, &image, COLORSPACE_RGB, CHROMA_INTERLEAVED_RGB, NULL);
  if (decoded.code != 0) return fail(file, decoded);
  int stride = 0;
  const uint8_t *plane = heif.plane(image, CHANNEL_INTERLEAVED, &stride);
  int status = RZ_IMAGE_OK;
  if (plane == NULL || heif.image_width(image, CHANNEL_INTERLEAVED) != (int)width ||
      heif.image_height(image, CHANNEL_INTERLEAVED) != (int)height || stride < (int)(3 * width)) {
    snprintf(file->error_text, sizeof file->error_text, "its pixels do not have the declared size");
    status = RZ_IMAGE_CORRUPT;
  } else {
    for (size_t y = 0; y < height; y++) memcpy(pixels + y * 3 * width, plane + y * (size_t)stride, 3 * width);
  }
  heif.release_image(image);
  return status;
}
