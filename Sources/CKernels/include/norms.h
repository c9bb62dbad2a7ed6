// Statistics of feature maps by channel, and the gradients of norms.
#pragma once
#include "geometry.h"

#pragma clang assume_nonnull begin

/// The numbers of a gradient that ReLU lets through.
enum {
  /// There is no ReLU: all.
  RZ_MASK_NONE = 0,
  /// Where the output is above 0; the gradient itself is masked.
  RZ_MASK_OUTPUT = 1,
  /// Where scale * input + shift is above 0; the gradient stays as it is.
  RZ_MASK_INPUT = 2
};

/// y = relu?(input * scale + shift + …), as the forward pass computed it.
struct rz_norm {
  const float *_Nullable input, *_Nullable output;
  /// One number for each channel.
  const float *_Nullable mean, *_Nullable scale, *_Nullable shift;
  /// One of RZ_MASK_….
  int mask;
};

struct rz_norm_kernels {
  /// sums[n] and squares[n] = the sums over m of input[m][n] and of its squares; rows are `stride` elements apart.
  void (*moments)(size_t m, size_t n, const float *input, size_t stride, double *sums, double *squares);
  /// sums[n] and squares[n] = the sums over m of input[m][n] - pivot[n] and of its square. Rows are n elements apart.
  void (*pivoted_moments)(size_t m, size_t n, const float *input, const float *pivot, double *sums, double *squares);
  /// sums[n] and products[n] = the sums over m of gradient[m][n] and of gradient[m][n] * (input[m][n] - mean[n]), after the
  /// mask. `start` elements of norm's maps, and none of `gradient`, lie before the first row.
  void (*gradient_sums)(size_t m, size_t n, const struct rz_norm *norm, size_t start, float *gradient, double *sums,
                        double *products);
  /// input_gradient[m][n] = by_gradient[n] * gradient[m][n] + by_input[n] * (input[m][n] - mean[n]) + constant[n], plus the
  /// earlier gradient if `more`. RZ_MASK_INPUT masks; RZ_MASK_OUTPUT is taken to have been applied already. input_gradient
  /// may be gradient.
  void (*gradient)(size_t m, size_t n, const struct rz_norm *norm, size_t start, const float *gradient,
                   const float *by_gradient, const float *by_input, const float *constant, bool more,
                   float *input_gradient);
};

#pragma clang assume_nonnull end
