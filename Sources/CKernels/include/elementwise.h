// Sums, products and masks of feature maps, number by number.
#pragma once
#include "geometry.h"

#pragma clang assume_nonnull begin

struct rz_elementwise_kernels {
  /// c[m][n] = relu?(c[m][n] + bias[n] + residual[m][n]); residual may be null. Rows of c and residual are `stride`
  /// elements apart.
  void (*epilogue)(size_t m, size_t n, float *c, const float *bias, const float *_Nullable residual, size_t stride,
                   bool relu);
  /// output[m][n] = relu?(input[m][n] * scale[n] + shift[n] + residual[m][n]); shift and residual may be null. Rows of
  /// input, residual and output are `stride` elements apart; output may be input or residual.
  void (*affine)(size_t m, size_t n, const float *input, const float *scale, const float *_Nullable shift,
                 const float *_Nullable residual, size_t stride, bool relu, float *output);
  /// output[n] = input[n] * factor, plus the earlier output if `more`.
  void (*accumulate)(size_t n, float factor, const float *input, bool more, float *output);
  /// output[m][n] = factor[n] * input[m][n], plus the earlier output if `more`. Both may be the same.
  void (*scale_channels)(size_t m, size_t n, const float *factor, const float *input, bool more, float *output);
  /// gradient[n] = 0 where output[n] is not above 0.
  void (*relu_gradient)(size_t n, const float *output, float *gradient);
  /// output[n] = factor * input[n] where a hash of `key` and the index is at least `threshold`, else 0; plus the earlier
  /// output if `more`.
  void (*dropout)(size_t n, uint64_t key, uint32_t threshold, float factor, const float *input, bool more, float *output);
};

#pragma clang assume_nonnull end
