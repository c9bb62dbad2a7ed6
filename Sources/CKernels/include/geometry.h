// Shapes that several kernels share. Strides count ELEMENTS, never bytes.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// The geometry of a convolution or a pooling window over one image.
struct rz_window {
  size_t input_height, input_width, channels;
  size_t output_height, output_width;
  size_t kernel, stride, padding, dilation;
};

/// A convolution's channels: all outputs together, then the inputs and outputs of each group.
struct rz_groups {
  size_t output_channels, group_inputs, group_outputs;
};

enum {
  /// Output pixels that a product kernel computes at once.
  RZ_ROWS = 6,
  /// Edge of a Winograd tile of outputs, and products for each tile, input channel and output channel.
  RZ_TILE_STEP = 4,
  RZ_TILE_AREA = 36,
  /// Input channels that a weight gradient gathers at once.
  RZ_SLICE = 64
};

/// The part of a convolution's output that a call computes.
struct rz_part {
  /// Output pixels in row-major order; for Winograd tiles, image after image, in row-major order.
  size_t first_pixel, pixels;
  /// Panels of output channels, those of one group after those of another.
  size_t first_panel, panels;
};

/// The end of a convolution's sums: out = relu?(sum + bias[channel] + residual).
struct rz_epilogue {
  /// One number for each output channel, padded to a whole panel.
  const float *bias;
  /// Laid out like the output; may be null.
  const float *_Nullable residual;
  bool relu;
};

#pragma clang assume_nonnull end
