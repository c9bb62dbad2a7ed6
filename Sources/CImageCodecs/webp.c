// libwebp, by those of its functions that need no structure. They have been the same since version 0.1 (2010).

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "CImageCodecs.h"
#include "opened.h"

static struct {
  int is_open;
  int (*get_info)(const uint8_t *bytes, size_t count, int *width, int *height);
  uint8_t *(*decode)(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t byte_count, int stride);
} webp;

static void open_webp(void) {
  static const char *const names[] = {
#ifdef __APPLE__
      "libwebp.7.dylib", "/opt/homebrew/lib/libwebp.7.dylib", "/usr/local/lib/libwebp.7.dylib",
#else
      "libwebp.so.7",
#endif
  };
  const rz_function functions[] = {{"WebPGetInfo", &webp.get_info}, {"WebPDecodeRGBInto", &webp.decode}};
  webp.is_open = rz_open(names, sizeof names / sizeof *names, functions, sizeof functions / sizeof *functions);
}

int rz_webp_is_there(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_webp);
  return webp.is_open;
}

int rz_webp_read_size(const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height) {
  if (!rz_webp_is_there()) return RZ_IMAGE_NO_LIBRARY;
  int columns = 0, rows = 0;
  if (!webp.get_info(bytes, count, &columns, &rows) || columns < 0 || rows < 0) return RZ_IMAGE_CORRUPT;
  *width = (uint32_t)columns;
  *height = (uint32_t)rows;
  return RZ_IMAGE_OK;
}

int rz_webp_decode(
    const uint8_t *bytes, size_t count, uint8_t *pixels, size_t stride, size_t rows, size_t row_bytes) {
  if (!rz_webp_is_there()) return RZ_IMAGE_NO_LIBRARY;
  return webp.decode(bytes, count, pixels, stride * (rows - 1) + row_bytes, (int)stride) != NULL ? RZ_IMAGE_OK : RZ_IMAGE_CORRUPT;
}
