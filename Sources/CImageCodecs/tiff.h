// What opening a TIFF file and converting its samples share.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "CImageCodecs.h"

typedef struct tiff TIFF;

// Values of the tags for photometric interpretation and sample format.
enum { WHITE_IS_ZERO = 0, BLACK_IS_ZERO = 1, RGB = 2, INDEXED = 3, INKS = 5, YCBCR = 6 };
enum { UNSIGNED = 1, SIGNED = 2, FLOAT = 3 };

struct rz_tiff {
  const uint8_t *bytes;
  uint64_t count, position;  // of the file in memory
  TIFF *file;
  uint32_t width, height;
  uint16_t bits, samples, photometric, planes, format, compression;
  int is_premultiplied;       // the fourth sample is an alpha by which the colours were multiplied
  int is_rgba;                // libtiff converts the whole image
  const uint16_t *colors[3];  // of indices: red, green, blue, 16 bits each
  int clips16;
  char error_text[256];
};

// Converts `count` pixels of a row, as libtiff hands it out in the machine's order of bytes, to grey or RGB. plane: of an
// image whose planes are stored one after the other, the one that the row is of; the planes before it are in target.
void rz_tiff_convert(const rz_tiff *image, const uint8_t *row, size_t count, unsigned plane, uint8_t *target);
