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

// MARK: Formats whose libraries are opened when the first image needs them

enum rz_image_status {
  RZ_IMAGE_OK = 0,
  RZ_IMAGE_NO_LIBRARY = 1,  // the library is not installed
  RZ_IMAGE_CORRUPT = 2,
  RZ_IMAGE_UNSUPPORTED = 3,  // a kind that is not decoded
  RZ_IMAGE_NO_MEMORY = 4,
};

// 1 if the library could be opened, which is tried once; 0 if not.
int rz_webp_is_there(void);
int rz_tiff_is_there(void);
int rz_avif_is_there(void);
int rz_heif_is_there(void);

// The sides of the image in a WebP file that is not animated, or in the chunks of one frame.
int rz_webp_read_size(const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height);

// Decodes it into RGB: `rows` rows of `row_bytes` bytes, which begin `stride` bytes apart.
int rz_webp_decode(
    const uint8_t *bytes, size_t count, uint8_t *pixels, size_t stride, size_t rows, size_t row_bytes);

// The first page of a TIFF file. Each belongs to one thread at a time.
typedef struct rz_tiff rz_tiff;

// Reads the directory. `count` bytes stay valid and unchanged until the image is freed. libtiff takes no piece of memory
// above the limit. *image is freed by the caller whatever the status; NULL if there was no memory or library.
int rz_tiff_new(const uint8_t *bytes, size_t count, size_t memory_limit, rz_tiff **image);
void rz_tiff_free(rz_tiff *image);

uint32_t rz_tiff_width(const rz_tiff *image);
uint32_t rz_tiff_height(const rz_tiff *image);
uint32_t rz_tiff_channels(const rz_tiff *image);     // of the decoded image: 1 grey, 3 RGB
uint32_t rz_tiff_orientation(const rz_tiff *image);  // 0: it states none
const uint8_t *rz_tiff_xmp(const rz_tiff *image, size_t *count);  // NULL: it has none. Valid as long as the image
const char *rz_tiff_error_text(const rz_tiff *image);

// Decodes into pixels: height rows of width * channels bytes, as they are stored, not turned. clips16: grey samples of more
// than 8 bits are clipped to 255, else their high bits are taken.
int rz_tiff_decode(rz_tiff *image, int clips16, size_t memory_limit, uint8_t *pixels);

// The first image of an AVIF file. Each belongs to one thread at a time.
typedef struct rz_avif rz_avif;

// Reads all but the pixels. `count` bytes stay valid and unchanged until the file is freed, which the caller does whatever
// the status; NULL if there was no memory or library.
int rz_avif_new(const uint8_t *bytes, size_t count, uint32_t pixel_limit, uint32_t side_limit, rz_avif **file);
void rz_avif_free(rz_avif *file);

uint32_t rz_avif_width(const rz_avif *file);
uint32_t rz_avif_height(const rz_avif *file);
uint32_t rz_avif_orientation(const rz_avif *file);  // EXIF's 1 to 8, of the container's own turns and mirrors
const uint8_t *rz_avif_exif(const rz_avif *file, size_t *count);  // no bytes: it has none. Valid as long as the file
const uint8_t *rz_avif_xmp(const rz_avif *file, size_t *count);
const char *rz_avif_error_text(const rz_avif *file);

// Decodes into pixels: height rows of 3 * width bytes, as they are stored, not turned.
int rz_avif_decode(rz_avif *file, uint8_t *pixels);

// The primary image of a HEIF file; as above, but turned upright.
typedef struct rz_heif rz_heif;

int rz_heif_new(const uint8_t *bytes, size_t count, uint32_t side_limit, rz_heif **file);
void rz_heif_free(rz_heif *file);
uint32_t rz_heif_width(const rz_heif *file);
uint32_t rz_heif_height(const rz_heif *file);
const char *rz_heif_error_text(const rz_heif *file);
int rz_heif_decode(rz_heif *file, uint8_t *pixels);

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
