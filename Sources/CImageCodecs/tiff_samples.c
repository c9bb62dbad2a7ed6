// Samples of TIFF images to 8-bit grey or RGB, as Pillow's convert("RGB").

#include <string.h>

#include "tiff.h"

static uint8_t clip(long value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

// A grey sample of 8 bits or more at an index of a row.
static uint8_t gray_sample(const rz_tiff *image, const uint8_t *row, size_t index) {
  if (image->bits == 12) {
    const uint8_t *pair = row + index / 2 * 3;
    unsigned value = index % 2 == 0 ? (unsigned)pair[0] << 4 | pair[1] >> 4 : (unsigned)(pair[1] & 15) << 8 | pair[2];
    return image->clips16 ? clip((long)value) : (uint8_t)(value >> 4);
  }
  if (image->bits == 16) {
    uint16_t value;
    memcpy(&value, row + 2 * index, 2);
    if (image->format == SIGNED) return clip((int16_t)value);
    return image->clips16 ? clip(value) : (uint8_t)(value >> 8);
  }
  uint32_t value;
  memcpy(&value, row + 4 * index, 4);
  if (image->format == FLOAT) {
    float number;
    memcpy(&number, &value, 4);
    return !(number > 0) ? 0 : number >= 255 ? 255 : (uint8_t)number;
  }
  return clip((int32_t)value);
}

static void gray_row(const rz_tiff *image, const uint8_t *row, size_t count, size_t step, uint8_t *target) {
  unsigned bits = image->bits, flip = image->photometric == WHITE_IS_ZERO ? 255 : 0;
  if (bits > 8) {
    for (size_t i = 0; i < count; i++) target[i] = gray_sample(image, row, i * step);
  } else if (bits == 8) {
    for (size_t i = 0; i < count; i++) target[i] = (uint8_t)(row[i * step] ^ flip);
  } else {
    unsigned top = (1u << bits) - 1;
    for (size_t i = 0; i < count; i++) {
      unsigned sample = (unsigned)row[i * bits / 8] >> (8 - bits - i * bits % 8) & top;
      target[i] = (uint8_t)((sample * 255 / top) ^ flip);
    }
  }
}

static void indexed_row(const rz_tiff *image, const uint8_t *row, size_t count, size_t step, uint8_t *target) {
  unsigned bits = image->bits;
  for (size_t i = 0; i < count; i++) {
    unsigned index = bits == 8 ? row[i * step] : (unsigned)row[i * bits / 8] >> (8 - bits - i * bits % 8) & ((1u << bits) - 1);
    for (size_t c = 0; c < 3; c++) target[3 * i + c] = (uint8_t)(image->colors[c][index] >> 8);
  }
}

static uint8_t high_byte(const rz_tiff *image, const uint8_t *row, size_t index) {
  if (image->bits == 8) return row[index];
  uint16_t value;
  memcpy(&value, row + 2 * index, 2);
  return (uint8_t)(value >> 8);
}

static uint8_t without_ink(uint8_t ink, uint8_t black) {
  int white = 255 - black, product = ink * white + 128;
  return clip(white - (((product >> 8) + product) >> 8));
}

static uint8_t divided(uint8_t color, uint8_t alpha) {
  return alpha == 255 || alpha == 0 ? (alpha == 0 ? 0 : color) : clip((long)color * 255 / alpha);
}

// source: count pixels of all samples, in the machine's order of bytes.
static void convert_pixels(const rz_tiff *image, const uint8_t *row, size_t count, uint8_t *target) {
  size_t samples = image->samples;
  if (image->photometric <= BLACK_IS_ZERO) {
    gray_row(image, row, count, samples, target);
  } else if (image->photometric == INDEXED) {
    indexed_row(image, row, count, samples, target);
  } else {
    for (size_t i = 0; i < count; i++) {
      uint8_t last = samples > 3 ? high_byte(image, row, i * samples + 3) : 0;
      for (size_t c = 0; c < 3; c++) {
        uint8_t value = high_byte(image, row, i * samples + c);
        if (image->photometric == INKS) value = without_ink(value, last);
        if (image->is_premultiplied) value = divided(value, last);
        target[3 * i + c] = value;
      }
    }
  }
}

// The same for one plane of an image whose planes are stored one after the other; those before it are in target.
static void convert_plane(const rz_tiff *image, const uint8_t *row, size_t count, unsigned plane, uint8_t *target) {
  if (image->photometric <= BLACK_IS_ZERO) {
    gray_row(image, row, count, 1, target);
  } else if (image->photometric == INDEXED) {
    indexed_row(image, row, count, 1, target);
  } else if (plane < 3) {
    for (size_t i = 0; i < count; i++) target[3 * i + plane] = high_byte(image, row, i);
  } else {
    for (size_t i = 0; i < count; i++) {
      uint8_t last = high_byte(image, row, i);
      for (size_t c = 0; c < 3; c++) {
        uint8_t *value = target + 3 * i + c;
        *value = image->photometric == INKS ? without_ink(*value, last) : divided(*value, last);
      }
    }
  }
}

void rz_tiff_convert(const rz_tiff *image, const uint8_t *row, size_t count, unsigned plane, uint8_t *target) {
  if (image->planes == 2) {
    convert_plane(image, row, count, plane, target);
  } else {
    convert_pixels(image, row, count, target);
  }
}
