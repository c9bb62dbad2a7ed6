// Maxima and means of windows, and the gradients of maxima.
#pragma once
#include "geometry.h"

#pragma clang assume_nonnull begin

struct rz_pooling_kernels {
  /// output[rows first ..< first + count][width][channels] = the window's maximum; beyond the edges lies -inf.
  void (*maximum)(const struct rz_window *window, size_t first, size_t count, const float *input, float *output);
  /// output[channels] = the mean of input[pixels][channels] over the pixels, which are `stride` elements apart.
  void (*average)(size_t pixels, size_t channels, size_t stride, const float *input, float *output);
  /// As `maximum`, beyond the edges 0 if `zeros` and else -inf; taps[row][column][channels] = row of the window times its
  /// side plus column, for the first maximum. The window has at most 255 pixels.
  void (*maximum_taps)(const struct rz_window *window, size_t first, size_t count, bool zeros, const float *input,
                       float *output, uint8_t *taps);
  /// input_gradient[rows first ..< first + count][width][channels] = the sum of the gradients of the windows whose maximum
  /// it is, plus the earlier gradient if `more`. gradient and taps: of the whole output; input_gradient: of the whole input.
  void (*maximum_gradient)(const struct rz_window *window, size_t first, size_t count, const float *gradient,
                           const uint8_t *taps, bool more, float *input_gradient);
};

#pragma clang assume_nonnull end
