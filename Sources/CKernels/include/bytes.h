// Convolutions and poolings on maps of unsigned bytes, with weights of signed bytes: sums are whole numbers, so that every
// instruction set gives the same bits.
//
// A map holds numbers as bytes: byte q stands for scale * (q - zero point). A table of kernels reads activations in its own
// form and weights in its own order; rows and weights go together in units of 32 bits, four bytes or two 16-bit numbers.
#pragma once
#include "geometry.h"

#pragma clang assume_nonnull begin

/// A convolution of bytes. Its windows lie in copies of the input's rows, with their padding, or in the input itself.
struct rz_byte_convolution {
  struct rz_window window;
  struct rz_groups groups;
  /// Units of 32 bits of one run of numbers of a window, and runs of a window: its taps, or with `row_runs` its rows.
  size_t run_units, runs;
  /// True if a row of the window is one run, for few input channels; then there is no dilation and one group.
  bool row_runs;
  /// True if pixels are read where they lie: a 1×1 window without padding, whose channels of a group fill units.
  bool in_place;
  /// Bytes of the zero point, which padding has.
  uint8_t zero;
};

/// Bytes of a number in rows of one kind, of a row and of the rows under a part of the output.
static inline size_t rz_byte_row_size(const struct rz_byte_convolution *c, size_t number, size_t unit) {
  const size_t width = c->window.input_width + 2 * c->window.padding;
  const size_t pixel = c->row_runs ? c->window.channels
                                   : c->groups.output_channels / c->groups.group_outputs * c->run_units * unit;
  return width * pixel * number;
}
static inline size_t rz_byte_rows_size(const struct rz_byte_convolution *c, size_t pixels, size_t number, size_t unit) {
  const size_t output_rows = (pixels + c->window.output_width - 2) / c->window.output_width + 1;
  const size_t rows = (output_rows - 1) * c->window.stride + (c->window.kernel - 1) * c->window.dilation + 1;
  // The last run of a row may end in a unit that the row does not fill.
  return rows * rz_byte_row_size(c, number, unit) + 4;
}

/// Fills the places of a window's runs, in bytes from its first number.
static inline void rz_byte_offsets(const struct rz_byte_convolution *c, size_t number, size_t unit, size_t *offsets) {
  const size_t row = c->in_place ? 0 : rz_byte_row_size(c, number, unit) * c->window.dilation;
  const size_t pixel = row / (c->window.input_width + 2 * c->window.padding);
  for (size_t ky = 0; ky < c->window.kernel; ky++) {
    if (c->row_runs)
      offsets[ky] = ky * row;
    else
      for (size_t kx = 0; kx < c->window.kernel; kx++) offsets[ky * c->window.kernel + kx] = ky * row + kx * pixel;
  }
}

/// The end of the sums: v = float(sum + correction) * factor + bias + residual * residual_factor, each step rounded to
/// float, at least `lowest` (which NaN becomes), then either a float or the nearest whole number up to 255, halves to even.
struct rz_byte_epilogue {
  /// One number for each output channel, padded to whole panels.
  const int32_t *correction;
  const float *factor, *bias;
  /// Laid out like the output: bytes, or floats; at most one of them is given.
  const uint8_t *_Nullable byte_residual;
  const float *_Nullable float_residual;
  float residual_factor;
  float lowest;
};

struct rz_byte_kernels {
  /// portable, avx2, avxvnni or avx512vnni.
  const char *name;
  /// Numbers of a register and output channels of a panel.
  size_t lanes, panel;
  /// Numbers of a unit: 4 weights of a byte each, or 2 of 16 bits.
  size_t unit;
  /// Bytes of a number of the copied rows.
  size_t activation_bytes;

  /// Packs panels of weights [output channel][input of the group][row][column], from the first to the last of all groups, and
  /// sets each output channel's correction: the zero point times the sum of its weights, below 0.
  void (*pack)(const struct rz_byte_convolution *convolution, size_t first_panel, size_t panels, const int8_t *weights,
               void *packed, int32_t *correction);
  /// A part of the output, in bytes or, with `floats`, in floats. weights: for each group panels of output channels, each
  /// [run][unit][channel of the panel][number of the unit]; the last panel's channels are rounded up to registers.
  /// - offsets: the runs of a window, in bytes from its first number.
  /// - sources: for each pixel of the part, rounded up to RZ_ROWS, a pointer.
  /// - rows: the input's rows under the part, unless `in_place`: rz_byte_rows_size bytes.
  void (*product)(const struct rz_byte_convolution *convolution, const struct rz_part *part, const uint8_t *input,
                  const void *weights, const size_t *offsets, const struct rz_byte_epilogue *epilogue, bool floats,
                  const uint8_t *_Nullable *_Nonnull sources, uint8_t *rows, void *output);
  /// output[n] = the byte nearest to input[n] * factor + shift, at least 0, at most 255; halves to even.
  void (*quantize)(size_t n, float factor, float shift, const float *input, uint8_t *output);
  /// output[n] = (input[n] - zero) * scale
  void (*dequantize)(size_t n, int32_t zero, float scale, const uint8_t *input, float *output);
  /// output[rows first ..< first + count][width][channels] = the window's maximum; beyond the edges lies `edge`.
  void (*maximum)(const struct rz_window *window, size_t first, size_t count, uint8_t edge, const uint8_t *input,
                  uint8_t *output);
  /// sums[channels] = the sum of input[pixels][channels] over the pixels.
  void (*sum)(size_t pixels, size_t channels, const uint8_t *input, uint64_t *sums);
  /// output[n] = (sums[n] - correction) * factor, a float with `floats`, else its nearest byte as in quantize.
  void (*mean)(size_t n, int64_t correction, float factor, const uint64_t *sums, bool floats, float byte_factor,
               float byte_shift, void *output);
};

/// The tables that this processor can run, the narrowest first: that of an index, or null past the last.
const struct rz_byte_kernels *_Nullable rz_byte_kernels_at(size_t index);

#pragma clang assume_nonnull end
