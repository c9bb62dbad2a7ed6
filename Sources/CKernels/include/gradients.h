// Gradients of the weights of convolutions and linear layers.
#pragma once
#include "geometry.h"

#pragma clang assume_nonnull begin

/// A convolution's input, and gradients of its output, over several images.
struct rz_gradient {
  /// Channels are those between two pixels of the input.
  struct rz_window window;
  /// Floats between two pixels of the gradients.
  size_t gradient_stride;
  /// Floats between two images.
  size_t input_image_stride, gradient_image_stride;
  /// True if a kernel row counts as one tap, for few channels of one group and no dilation.
  bool row_copies;
  /// Inputs of a group if registers hold whole groups of as many outputs; else 0.
  size_t spread;
};

/// The pixels and channels that a call sums up: some rows of several images, inputs of one group, outputs of up to a panel.
struct rz_gradient_part {
  size_t first_image, images, first_row, rows;
  size_t first_input, inputs, first_output, outputs;
  bool wants_bias;
};

struct rz_gradient_kernels {
  /// sums[tap][input][output], rows of the part's outputs rounded up to registers, += the sums over the part's pixels of
  /// input[pixel of the tap][input] * gradient[pixel][output]; with `wants_bias` one more row += the gradients' sums.
  /// - scratch: the part's gradients, rounded up to registers, then its inputs for a 1×1 window, or the input rows under it,
  ///   of up to RZ_SLICE channels, or with their padding if `row_copies`.
  void (*weights)(const struct rz_gradient *layer, const struct rz_gradient_part *part, const float *input,
                  const float *gradient, float *scratch, float *sums);
  /// weights[output][input][tap], outputs `stride` apart, = the sum of `count` sums[tap][input][output] as above,
  /// `sums_stride` floats apart, whose rows have `width` floats and are readable to a whole register.
  void (*finish)(size_t taps, size_t inputs, size_t width, size_t outputs, size_t count, size_t sums_stride,
                 const float *sums, float *weights, size_t stride);
  /// As `weights`, for a layer as in rz_convolution_kernels' `winograd` and the tiles first_tile ..< first_tile + count of
  /// all images, but sums[36][input][output] in Winograd's domain. The part's channels fill registers; its pixels do not
  /// count.
  /// - next: tiles after them that follow in another call.
  /// - scratch: 36 * (count * (inputs + outputs) + 32) floats.
  void (*winograd)(const struct rz_gradient *layer, const struct rz_gradient_part *part, size_t first_tile, size_t count,
                   size_t next, const float *input, const float *gradient, float *scratch, float *sums);
  /// As `finish`, for sums in Winograd's domain.
  void (*finish_winograd)(size_t inputs, size_t width, size_t outputs, size_t count, size_t sums_stride, const float *sums,
                          float *weights, size_t stride);
};

#pragma clang assume_nonnull end
