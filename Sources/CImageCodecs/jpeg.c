// libjpeg (turbo) with errors that return, a source over memory whose end is an error, and Pillow's choice of output.

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "CImageCodecs.h"

// A progressive file may carry any number of scans, each of which costs a pass over the image.
enum { SCAN_LIMIT = 1000 };

struct rz_jpeg {
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr error;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  int status;
  char error_text[JMSG_LENGTH_MAX];
  char warning_text[JMSG_LENGTH_MAX];
};

// MARK: Errors

static _Noreturn void escape_with(j_common_ptr info, int status) {
  rz_jpeg *jpeg = info->client_data;
  jpeg->status = status;
  longjmp(jpeg->escape, 1);
}

static int status_of_message(int code) {
  switch (code) {
  case JERR_OUT_OF_MEMORY:
    return RZ_JPEG_NO_MEMORY;
  case JERR_EMPTY_IMAGE:
  case JERR_IMAGE_TOO_BIG:
    return RZ_JPEG_DIMENSIONS;
  case JERR_BAD_PRECISION:
  case JERR_CCIR601_NOTIMPL:
  case JERR_COMPONENT_COUNT:
  case JERR_CONVERSION_NOTIMPL:
  case JERR_FRACT_SAMPLE_NOTIMPL:
  case JERR_NOTIMPL:
  case JERR_NOT_COMPILED:
  case JERR_SOF_UNSUPPORTED:
    return RZ_JPEG_UNSUPPORTED;
  default:
    return RZ_JPEG_CORRUPT;
  }
}

static void on_error(j_common_ptr info) {
  rz_jpeg *jpeg = info->client_data;
  info->err->format_message(info, jpeg->error_text);
  escape_with(info, status_of_message(info->err->msg_code));
}

// Complaints about what is said beside the pixels; these are as they should be.
static int is_harmless(int code) {
  return code == JWRN_JFIF_MAJOR || code == JWRN_ADOBE_XFORM || code == JWRN_BOGUS_ICC;
}

static void on_message(j_common_ptr info, int level) {
  if (level >= 0 || is_harmless(info->err->msg_code)) return;  // level 0 and above: a trace
  rz_jpeg *jpeg = info->client_data;
  if (info->err->num_warnings == 0) info->err->format_message(info, jpeg->warning_text);
  info->err->num_warnings++;
}

static void on_output(j_common_ptr info) { (void)info; }

static void on_progress(j_common_ptr info) {
  if (((j_decompress_ptr)info)->input_scan_number <= SCAN_LIMIT) return;
  rz_jpeg *jpeg = info->client_data;
  snprintf(jpeg->error_text, sizeof jpeg->error_text, "more than %d scans", SCAN_LIMIT);
  escape_with(info, RZ_JPEG_UNSUPPORTED);
}

// MARK: Source

static void start_source(j_decompress_ptr info) { (void)info; }

static boolean run_out(j_decompress_ptr info) {
  rz_jpeg *jpeg = info->client_data;
  snprintf(jpeg->error_text, sizeof jpeg->error_text, "the data end before the image does");
  escape_with((j_common_ptr)info, RZ_JPEG_TRUNCATED);
}

static void skip_source(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  struct jpeg_source_mgr *source = info->src;
  size_t step = (size_t)count < source->bytes_in_buffer ? (size_t)count : source->bytes_in_buffer;
  source->next_input_byte += step;
  source->bytes_in_buffer -= step;
}

// MARK: Interface

rz_jpeg *rz_jpeg_new(const uint8_t *bytes, size_t count) {
  rz_jpeg *jpeg = calloc(1, sizeof *jpeg);
  if (jpeg == NULL) return NULL;

  jpeg->info.err = jpeg_std_error(&jpeg->error);
  jpeg->error.error_exit = on_error;
  jpeg->error.emit_message = on_message;
  jpeg->error.output_message = on_output;
  jpeg->info.client_data = jpeg;
  if (setjmp(jpeg->escape)) {
    rz_jpeg_free(jpeg);
    return NULL;
  }
  jpeg_create_decompress(&jpeg->info);

  jpeg->source.next_input_byte = bytes;
  jpeg->source.bytes_in_buffer = count;
  jpeg->source.init_source = start_source;
  jpeg->source.fill_input_buffer = run_out;
  jpeg->source.skip_input_data = skip_source;
  jpeg->source.resync_to_restart = jpeg_resync_to_restart;
  jpeg->source.term_source = start_source;
  jpeg->info.src = &jpeg->source;

  jpeg->progress.progress_monitor = on_progress;
  jpeg->info.progress = &jpeg->progress;
  return jpeg;
}

void rz_jpeg_free(rz_jpeg *jpeg) {
  if (jpeg == NULL) return;
  jpeg_destroy_decompress(&jpeg->info);
  free(jpeg);
}

int rz_jpeg_read_header(rz_jpeg *jpeg) {
  if (setjmp(jpeg->escape)) return jpeg->status;
  jpeg_read_header(&jpeg->info, TRUE);
  switch (jpeg->info.num_components) {
  case 1:
    jpeg->info.out_color_space = JCS_GRAYSCALE;
    return RZ_JPEG_OK;
  case 3:
    jpeg->info.out_color_space = JCS_RGB;
    return RZ_JPEG_OK;
  case 4:
    jpeg->info.out_color_space = JCS_CMYK;
    return RZ_JPEG_OK;
  default:
    snprintf(
        jpeg->error_text, sizeof jpeg->error_text, "%d colour components; 1, 3 and 4 are read",
        jpeg->info.num_components);
    return RZ_JPEG_UNSUPPORTED;
  }
}

uint32_t rz_jpeg_width(const rz_jpeg *jpeg) { return jpeg->info.image_width; }
uint32_t rz_jpeg_height(const rz_jpeg *jpeg) { return jpeg->info.image_height; }
uint32_t rz_jpeg_channels(const rz_jpeg *jpeg) { return jpeg->info.num_components == 1 ? 1 : 3; }
const char *rz_jpeg_error_text(const rz_jpeg *jpeg) { return jpeg->error_text; }
long rz_jpeg_warning_count(const rz_jpeg *jpeg) { return jpeg->error.num_warnings; }
const char *rz_jpeg_warning_text(const rz_jpeg *jpeg) { return jpeg->warning_text; }

// Pillow takes every CMYK image as inverted, as Adobe writes them: the samples are 255 minus the ink.
static void cmyk_row_to_rgb(const uint8_t *source, size_t count, uint8_t *target) {
  for (size_t i = 0; i < count; i++) {
    int white = source[4 * i + 3];
    for (size_t c = 0; c < 3; c++) {
      int product = (255 - source[4 * i + c]) * white + 128;
      int value = white - (((product >> 8) + product) >> 8);
      target[3 * i + c] = (uint8_t)(value < 0 ? 0 : value);
    }
  }
}

static void read_rows(rz_jpeg *jpeg, uint8_t *pixels) {
  j_decompress_ptr info = &jpeg->info;
  size_t stride = (size_t)info->output_width * rz_jpeg_channels(jpeg);
  JSAMPARRAY inks = NULL;
  if (info->out_color_space == JCS_CMYK) {
    inks = info->mem->alloc_sarray((j_common_ptr)info, JPOOL_IMAGE, info->output_width * 4, 1);
  }
  while (info->output_scanline < info->output_height) {
    uint8_t *row = pixels + info->output_scanline * stride;
    if (inks != NULL) {
      jpeg_read_scanlines(info, inks, 1);
      cmyk_row_to_rgb(inks[0], info->output_width, row);
    } else {
      JSAMPROW rows[8];
      JDIMENSION count = info->output_height - info->output_scanline;
      if (count > 8) count = 8;
      for (JDIMENSION i = 0; i < count; i++) rows[i] = row + i * stride;
      jpeg_read_scanlines(info, rows, count);
    }
  }
}

// Reads to the end marker. All rows are out, so that its absence is a warning, as it passes in Pillow.
static int finish(rz_jpeg *jpeg) {
  if (setjmp(jpeg->escape)) {
    if (jpeg->status != RZ_JPEG_TRUNCATED) return jpeg->status;
    if (jpeg->error.num_warnings == 0) {
      snprintf(jpeg->warning_text, sizeof jpeg->warning_text, "the end marker is missing");
    }
    jpeg->error.num_warnings++;
    return RZ_JPEG_OK;
  }
  jpeg_finish_decompress(&jpeg->info);
  return RZ_JPEG_OK;
}

// A block takes at least a bit of a Huffman code. Checked before libjpeg takes memory for blocks that cannot be there.
static int has_bits_for_blocks(rz_jpeg *jpeg) {
  if (jpeg->info.arith_code) return 1;
  uint64_t most = 0;
  for (int i = 0; i < jpeg->info.num_components; i++) {
    const jpeg_component_info *component = &jpeg->info.comp_info[i];
    uint64_t blocks = (uint64_t)component->width_in_blocks * component->height_in_blocks;
    if (blocks > most) most = blocks;
  }
  if (most / 8 <= jpeg->source.bytes_in_buffer) return 1;
  snprintf(
      jpeg->error_text, sizeof jpeg->error_text, "%u x %u pixels cannot be in the %zu bytes that follow its header",
      jpeg->info.image_width, jpeg->info.image_height, jpeg->source.bytes_in_buffer);
  return 0;
}

int rz_jpeg_decode(rz_jpeg *jpeg, uint8_t *pixels) {
  if (setjmp(jpeg->escape)) return jpeg->status;
  if (!has_bits_for_blocks(jpeg)) return RZ_JPEG_TRUNCATED;
  jpeg_start_decompress(&jpeg->info);
  read_rows(jpeg, pixels);
  return finish(jpeg);
}
