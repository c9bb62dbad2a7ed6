// Kernels that training needs beside those of convolutions: statistics of batches, and gradients. The rules of CKernels.h
// hold: NHWC, strides in ELEMENTS, one function for each instruction set, no allocation.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rz_window;

/// What ReLU lets through of a gradient.
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
  const float *input, *output;
  /// One number for each channel.
  const float *mean, *scale, *shift;
  /// One of RZ_MASK_….
  int mask;
};

#define RZ_DECLARE(isa)                                                                                                   \
  /* sums[n] and squares[n] = the sums over m of input[m][n] - pivot[n] and of its square. Rows are n elements apart. */  \
  void rz_pivoted_moments_f32__##isa(size_t m, size_t n, const float *input, const float *pivot, double *sums,            \
                                     double *squares);                                                                    \
  /* sums[n] and products[n] = the sums over m of gradient[m][n] and of gradient[m][n] * (input[m][n] - mean[n]), behind  \
     the mask. `start` elements of norm's maps, and none of `gradient`, lie before the first row. */                      \
  void rz_norm_gradient_sums_f32__##isa(size_t m, size_t n, const struct rz_norm *norm, size_t start, float *gradient,    \
                                        double *sums, double *products);                                                  \
  /* input_gradient[m][n] = by_gradient[n] * gradient[m][n] + by_input[n] * (input[m][n] - mean[n]) + constant[n], plus   \
     what was there if `more`. RZ_MASK_INPUT masks; RZ_MASK_OUTPUT is taken to have been applied already. input_gradient  \
     may be gradient. */                                                                                                  \
  void rz_norm_gradient_f32__##isa(size_t m, size_t n, const struct rz_norm *norm, size_t start, const float *gradient,   \
                                   const float *by_gradient, const float *by_input, const float *constant, bool more,     \
                                   float *input_gradient);                                                                \
  /* input_gradient[m][n] = factor[n] * gradient[m][n], plus what was there if `more`. They may be the same. */           \
  void rz_scaled_gradient_f32__##isa(size_t m, size_t n, const float *factor, const float *gradient, bool more,           \
                                     float *input_gradient);                                                              \
  /* gradient[n] = 0 where output[n] is not above 0. */                                                                   \
  void rz_relu_gradient_f32__##isa(size_t n, const float *output, float *gradient);                                       \
  /* As rz_max_pool_f32, beyond the edges 0 if `zeros` and else -inf; taps[row][column][channels] = row of the window     \
     times its side plus column, for the first maximum. The window has at most 255 pixels. */                             \
  void rz_max_pool_taps_f32__##isa(const struct rz_window *window, size_t first, size_t count, bool zeros,                \
                                   const float *input, float *output, uint8_t *taps);                                     \
  /* input_gradient[rows first ..< first + count][width][channels] = the sum of the gradients of the windows whose        \
     maximum it is, plus what was there if `more`. gradient and taps: of the whole output; input_gradient: of the         \
     whole input. */                                                                                                      \
  void rz_max_pool_gradient_f32__##isa(const struct rz_window *window, size_t first, size_t count,                        \
                                       const float *gradient, const uint8_t *taps, bool more, float *input_gradient);     \
  /* output[n] = factor * input[n] where a hash of `key` and the index is at least `threshold`, else 0; plus what was     \
     there if `more`. */                                                                                                  \
  void rz_dropout_f32__##isa(size_t n, uint64_t key, uint32_t threshold, float factor, const float *input, bool more,     \
                             float *output);

RZ_DECLARE(portable)
#if defined(__x86_64__)
RZ_DECLARE(avx2)
RZ_DECLARE(avx512)
#endif
#undef RZ_DECLARE
