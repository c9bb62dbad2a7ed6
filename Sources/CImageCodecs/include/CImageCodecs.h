// The C part of ImageInput: libjpeg behind an interface that never jumps over its caller, and the loops over pixels.
// Images are rows of interleaved 8-bit samples, tightly packed unless a stride is named. Strides are in BYTES.
#pragma once

#include <stddef.h>
#include <stdint.h>

// MARK: JPEG

enum rz_jpeg_status {
  RZ_JPEG_OK = 0,
  RZ_JPEG_TRUNCATED = 1,    // the bytes ran out
  RZ_JPEG_CORRUPT = 2,      // the bytes contradict the format
  RZ_JPEG_UNSUPPORTED = 3,  // a kind of JPEG that is not decoded
  RZ_JPEG_NO_MEMORY = 4,
  RZ_JPEG_DIMENSIONS = 5,  // a side is zero, or longer than libjpeg takes
};

// One image being decoded. Each belongs to one thread at a time; nothing is shared between them.
typedef struct rz_jpeg rz_jpeg;

// A decoder over `count` bytes, which stay valid and unchanged until it is freed; NULL without memory.
rz_jpeg *rz_jpeg_new(const uint8_t *bytes, size_t count);
void rz_jpeg_free(rz_jpeg *jpeg);

// Reads up to the first scan. Call once, first; then the three numbers below are known.
int rz_jpeg_read_header(rz_jpeg *jpeg);
uint32_t rz_jpeg_width(const rz_jpeg *jpeg);
uint32_t rz_jpeg_height(const rz_jpeg *jpeg);
uint32_t rz_jpeg_channels(const rz_jpeg *jpeg);  // of the decoded image: 1 grey, 3 RGB

// Decodes into pixels: height rows of width * channels bytes. Call once, after the header.
int rz_jpeg_decode(rz_jpeg *jpeg, uint8_t *pixels);

// libjpeg's words for the error, and for the first of its warnings about damage that it decoded around.
const char *rz_jpeg_error_text(const rz_jpeg *jpeg);
long rz_jpeg_warning_count(const rz_jpeg *jpeg);
const char *rz_jpeg_warning_text(const rz_jpeg *jpeg);

// MARK: Samples to RGB or grey, as Pillow's convert("RGB")

// source: count pixels of `channels` samples, of which the first `kept` go to target.
void rz_keep_channels_u8(const uint8_t *source, size_t count, size_t channels, size_t kept, uint8_t *target);

// The same for big-endian samples of 16 bits: the high byte is kept.
void rz_keep_channels_u16be(const uint8_t *source, size_t count, size_t channels, size_t kept, uint8_t *target);

// source: count big-endian samples of 16 bits; min(value, 255) is kept.
void rz_clip_u16be(const uint8_t *source, size_t count, uint8_t *target);

// source: height rows of ceil(width * bits / 8) bytes, samples of 1, 2, 4 or 8 bits, the first in the high bits.
// table: 256 entries of `channels` bytes (1 or 3); each sample is replaced by its entry.
void rz_look_up_u8(
    const uint8_t *source, size_t width, size_t height, unsigned bits, const uint8_t *table, size_t channels,
    uint8_t *target);

// Pillow's convert("L") of count RGB pixels. target may be source.
void rz_luminance_u8x3(const uint8_t *source, size_t count, uint8_t *target);

// source: count grey pixels; each is written three times.
void rz_replicate_u8x3(const uint8_t *source, size_t count, uint8_t *target);

// Turns an image upright. orientation: EXIF's 1 to 8; from 5 on the target has the sides exchanged. No aliasing.
void rz_orient_u8(
    const uint8_t *source, size_t width, size_t height, size_t channels, unsigned orientation, uint8_t *target);

// MARK: Resampling, as Pillow's 8-bit passes

enum { RZ_RESAMPLE_BITS = 22 };  // fraction bits of a weight

// Bytes that the row kernel for three channels may read past a row's end and write past the target's.
enum { RZ_RESAMPLE_SLACK = 8 };

// One kernel of each kind for an instruction set. All arithmetic is on integers: every set gives the same bits.
typedef struct rz_resample_kernels {
  const char *name;

  // One output row: target pixel i = clip8((2^21 + sum over j < lengths[i] of weights[i * stride + j] *
  // source pixel (starts[i] + j)) >> 22). stride counts weights. No aliasing.
  void (*row_u8x1)(
      const uint8_t *source, uint8_t *target, size_t count, const int32_t *starts, const int32_t *lengths,
      const int32_t *weights, size_t stride);

  // The same for pixels of three interleaved samples; reads and writes up to RZ_RESAMPLE_SLACK bytes past the ends.
  void (*row_u8x3)(
      const uint8_t *source, uint8_t *target, size_t count, const int32_t *starts, const int32_t *lengths,
      const int32_t *weights, size_t stride);

  // One output row from `taps` input rows: target byte i = clip8((2^21 + sum over j of weights[j] *
  // source[j * source_stride + i]) >> 22), for i < count. No aliasing.
  void (*column_u8)(
      const uint8_t *source, size_t source_stride, uint8_t *target, size_t count, const int32_t *weights,
      size_t taps);
} rz_resample_kernels;

// The sets that this machine runs, at least one, the fastest first. index < count.
size_t rz_resample_kernels_count(void);
rz_resample_kernels rz_resample_kernels_at(size_t index);

// MARK: Pixels to numbers

// target[i * channels + c] = table[c * 256 + source[i * channels + c]] for i < count and c < channels (1 or 3).
void rz_look_up_f32(const uint8_t *source, size_t count, size_t channels, const float *table, float *target);
