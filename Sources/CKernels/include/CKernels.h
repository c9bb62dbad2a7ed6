// Kernels on float32 feature maps in NHWC layout: [height][width][channels], channels contiguous.
//
// Every kernel exists once for each instruction set; the suffix of its name says which. Strides count ELEMENTS, never
// bytes. Pointers need the alignment of a float, inputs and outputs do not overlap, and no kernel allocates.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The geometry of a convolution or a pooling window over one picture.
struct rz_window {
  size_t input_height, input_width, channels;
  size_t output_height, output_width;
  size_t kernel, stride, padding, dilation;
};

/// A convolution's channels: all outputs together, then the inputs and outputs of each group.
struct rz_groups {
  size_t output_channels, group_inputs, group_outputs;
};

#define RZ_DECLARE(isa)                                                                                                  \
  /* c[m][n] = relu?(c[m][n] + bias[n] + residual[m][n]); residual may be null. Rows of c and residual are             \
     `stride` elements apart. */                                                                                         \
  void rz_epilogue_f32__##isa(size_t m, size_t n, float *c, const float *bias, const float *residual, size_t stride,    \
                              bool relu);                                                                               \
  /* Writes the rows of pixels first ..< first + count (in row-major order of the output) of the im2col matrix:        \
     columns[pixel][kernel row][kernel column][channel], zero where the window hangs over the edge. */                  \
  void rz_im2col_f32__##isa(const struct rz_window *window, size_t first, size_t count, const float *input,             \
                            float *columns);                                                                            \
  /* output[rows first ..< first + count][width][channels] = the window's maximum; what lies outside counts as -inf. */ \
  void rz_max_pool_f32__##isa(const struct rz_window *window, size_t first, size_t count, const float *input,           \
                              float *output);                                                                           \
  /* output[channels] = the mean of input[pixels][channels] over the pixels. */                                        \
  void rz_average_pool_f32__##isa(size_t pixels, size_t channels, const float *input, float *output);                   \
  /* output[m][n] = relu?(input[m][n] * scale[n] + shift[n] + residual[m][n]); shift and residual may be null. Rows of  \
     input, residual and output are `stride` elements apart; output may be input or residual. */                        \
  void rz_affine_f32__##isa(size_t m, size_t n, const float *input, const float *scale, const float *shift,             \
                            const float *residual, size_t stride, bool relu, float *output);                            \
  /* output[n] = input[n] * factor, plus what was there if `more`. */                                                   \
  void rz_accumulate_f32__##isa(size_t n, float factor, const float *input, bool more, float *output);                  \
  /* sums[n] and squares[n] = the sums over m of input[m][n] and of its squares; rows are `stride` elements apart. */   \
  void rz_channel_moments_f32__##isa(size_t m, size_t n, const float *input, size_t stride, double *sums,               \
                                     double *squares);                                                                  \
  /* output[output rows first ..< first + count][width][output channels] of a convolution, before bias. Sums are in     \
     double precision if `exact`. weights: [kernel row][kernel column][input of the group][output channel].             \
     zeros: window->channels zeros. */                                                                                  \
  void rz_direct_convolution_f32__##isa(const struct rz_window *window, const struct rz_groups *groups, size_t first,   \
                                        size_t count, bool exact, const float *input, const float *weights,             \
                                        const float *zeros, float *output);                                             \
  /* packed[tap][input][output], rows `stride` apart, = weights[output][input][tap] * scale[output], for the inputs    \
     first ..< first + count of `inputs`. */                                                                            \
  void rz_pack_weights_f32__##isa(size_t outputs, size_t inputs, size_t taps, size_t first, size_t count,               \
                                  const float *weights, const double *scale, float *packed, size_t stride);

RZ_DECLARE(portable)
#if defined(__x86_64__)
RZ_DECLARE(avx2)
RZ_DECLARE(avx512)
#endif
#undef RZ_DECLARE

/// Whether this processor, and the operating system's saving of registers, allow the instruction set.
bool rz_cpu_has_avx2_fma(void);
bool rz_cpu_has_avx512(void);

/// Processors that this process may run on; at least 1.
size_t rz_processor_count(void);

/// Tells the processor that this thread waits in a loop.
void rz_spin_hint(void);
