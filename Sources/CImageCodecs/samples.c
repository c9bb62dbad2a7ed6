// Samples of any kind to 8-bit grey or RGB, turning images upright, and pixels to numbers.

#include <string.h>

#include "CImageCodecs.h"

void rz_keep_channels_u8(const uint8_t *source, size_t count, size_t channels, size_t kept, uint8_t *target) {
  for (size_t i = 0; i < count; i++) {
    for (size_t c = 0; c < kept; c++) target[i * kept + c] = source[i * channels + c];
  }
}

void rz_keep_channels_u16be(const uint8_t *source, size_t count, size_t channels, size_t kept, uint8_t *target) {
  for (size_t i = 0; i < count; i++) {
    for (size_t c = 0; c < kept; c++) target[i * kept + c] = source[2 * (i * channels + c)];
  }
}

void rz_clip_u16be(const uint8_t *source, size_t count, uint8_t *target) {
  for (size_t i = 0; i < count; i++) target[i] = source[2 * i] != 0 ? 255 : source[2 * i + 1];
}

void rz_look_up_u8(
    const uint8_t *source, size_t width, size_t height, unsigned bits, const uint8_t *table, size_t channels,
    uint8_t *target) {
  size_t stride = (width * bits + 7) / 8;
  unsigned mask = (1u << bits) - 1;
  for (size_t y = 0; y < height; y++, source += stride) {
    for (size_t x = 0; x < width; x++, target += channels) {
      size_t bit = x * bits;
      unsigned sample = (unsigned)source[bit / 8] >> (8 - bits - bit % 8) & mask;
      for (size_t c = 0; c < channels; c++) target[c] = table[sample * channels + c];
    }
  }
}

void rz_luminance_u8x3(const uint8_t *source, size_t count, uint8_t *target) {
  for (size_t i = 0; i < count; i++) {
    uint32_t sum = 19595u * source[3 * i] + 38470u * source[3 * i + 1] + 7471u * source[3 * i + 2];
    target[i] = (uint8_t)((sum + 32768u) >> 16);
  }
}

void rz_replicate_u8x3(const uint8_t *source, size_t count, uint8_t *target) {
  for (size_t i = 0; i < count; i++) {
    target[3 * i] = target[3 * i + 1] = target[3 * i + 2] = source[i];
  }
}

// Copies a width x height target whose pixel (x, y) lies at first + x * step_x + y * step_y BYTES in the source.
// Tiles keep both sides in the cache when the sides are exchanged.
static inline __attribute__((always_inline)) void gather(
    const uint8_t *first, ptrdiff_t step_x, ptrdiff_t step_y, size_t width, size_t height, size_t channels,
    uint8_t *target) {
  enum { TILE = 32 };
  for (size_t top = 0; top < height; top += TILE) {
    size_t bottom = height - top < TILE ? height : top + TILE;
    for (size_t left = 0; left < width; left += TILE) {
      size_t right = width - left < TILE ? width : left + TILE;
      for (size_t y = top; y < bottom; y++) {
        for (size_t x = left; x < right; x++) {
          const uint8_t *pixel = first + (ptrdiff_t)x * step_x + (ptrdiff_t)y * step_y;
          for (size_t c = 0; c < channels; c++) target[(y * width + x) * channels + c] = pixel[c];
        }
      }
    }
  }
}

void rz_orient_u8(
    const uint8_t *source, size_t width, size_t height, size_t channels, unsigned orientation, uint8_t *target) {
  // By orientation: whether target columns run along source rows backwards, and target rows likewise.
  int exchanged = orientation >= 5;
  int backwards_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  int backwards_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;

  ptrdiff_t step_x = (ptrdiff_t)channels, step_y = (ptrdiff_t)(width * channels);
  const uint8_t *first = source;
  if (backwards_x) {
    first += (ptrdiff_t)(width - 1) * step_x;
    step_x = -step_x;
  }
  if (backwards_y) {
    first += (ptrdiff_t)(height - 1) * step_y;
    step_y = -step_y;
  }
  size_t columns = exchanged ? height : width, rows = exchanged ? width : height;
  ptrdiff_t along_columns = exchanged ? step_y : step_x, along_rows = exchanged ? step_x : step_y;
  if (channels == 3) {
    gather(first, along_columns, along_rows, columns, rows, 3, target);
  } else {
    gather(first, along_columns, along_rows, columns, rows, channels, target);
  }
}

void rz_look_up_f32(const uint8_t *source, size_t count, size_t channels, const float *table, float *target) {
  if (channels == 3) {
    for (size_t i = 0; i < count; i++) {
      target[3 * i] = table[source[3 * i]];
      target[3 * i + 1] = table[256 + source[3 * i + 1]];
      target[3 * i + 2] = table[512 + source[3 * i + 2]];
    }
  } else {
    for (size_t i = 0; i < count; i++) target[i] = table[source[i]];
  }
}
