// Kernels on float32 feature maps in NHWC layout: [height][width][channels], channels contiguous.
//
// Every kernel exists once for each instruction set; the suffix of its name says which. Strides count ELEMENTS, never
// bytes. Pointers need the alignment of a float, inputs and outputs do not overlap, and no kernel allocates.
#pragma once
#include "CUpdates.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/// What part of a convolution's output a call computes.
struct rz_part {
  /// Output pixels in row-major order; for Winograd tiles, image after image, in row-major order.
  size_t first_pixel, pixels;
  /// Panels of output channels, those of one group after those of another.
  size_t first_panel, panels;
};

/// What becomes of a convolution's sums: out = relu?(sum + bias[channel] + residual).
struct rz_epilogue {
  /// One number for each output channel, padded to a whole panel.
  const float *bias;
  /// Laid out like the output; may be null.
  const float *residual;
  bool relu;
};

/// A convolution of stride 1 whose outputs are every `stride`-th pixel of every `stride`-th row of a larger image, as those
/// of a transposed convolution are.
struct rz_phase {
  /// Pixels of the source, and floats between two of them.
  size_t source_height, source_width, source_step;
  /// Pixel (row, column) reads the source's pixels (row + top, column + left) and those `reach` before, tap by tap.
  size_t taps_down, taps_across, reach;
  ptrdiff_t top, left;
  /// Pixels that the phase puts out.
  size_t height, width;
  /// Where they lie in the target, whose pixels are `target_step` floats apart.
  size_t first_row, first_column, stride, target_width, target_step;
};

/// Which weights become the columns of packed rows: those at column * column_step + depth * depth_step + tap.
struct rz_columns {
  /// Columns that exist, and with those of zeros.
  size_t columns, width;
  /// All of the depth, and the part of it to pack.
  size_t depth, first, count;
  size_t taps;
  size_t column_step, depth_step;
  /// Floats between two packed rows.
  size_t stride;
};

/// A convolution's input, and gradients of its output, over several images.
struct rz_gradient {
  /// Channels are those between two pixels of the input.
  struct rz_window window;
  /// Floats between two pixels of the gradients.
  size_t gradient_step;
  /// Floats between two images.
  size_t input_image, gradient_image;
  /// Whether a kernel row counts as one tap, for few channels of one group and no dilation.
  bool by_rows;
  /// Inputs of a group if registers hold whole groups of as many outputs; else 0.
  size_t spread;
};

/// The pixels and channels that a call sums up: some rows of several images, inputs of one group, outputs of up to a panel.
struct rz_gradient_part {
  size_t first_image, images, first_row, rows;
  size_t first_input, inputs, first_output, outputs;
  bool wants_bias;
};

#define RZ_DECLARE(isa)                                                                                                      \
  /* Floats of a register, and output channels of a panel of packed weights. */                                              \
  extern const size_t rz_lanes__##isa, rz_panel__##isa;                                                                      \
  /* c[m][n] = relu?(c[m][n] + bias[n] + residual[m][n]); residual may be null. Rows of c and residual are                   \
     `stride` elements apart. */                                                                                             \
  void rz_epilogue_f32__##isa(size_t m, size_t n, float *c, const float *bias, const float *residual, size_t stride,         \
                              bool relu);                                                                                    \
  /* output[rows first ..< first + count][width][channels] = the window's maximum; what lies outside counts as -inf. */      \
  void rz_max_pool_f32__##isa(const struct rz_window *window, size_t first, size_t count, const float *input,                \
                              float *output);                                                                                \
  /* output[channels] = the mean of input[pixels][channels] over the pixels, which are `stride` elements apart. */           \
  void rz_average_pool_f32__##isa(size_t pixels, size_t channels, size_t stride, const float *input, float *output);         \
  /* output[m][n] = relu?(input[m][n] * scale[n] + shift[n] + residual[m][n]); shift and residual may be null. Rows of       \
     input, residual and output are `stride` elements apart; output may be input or residual. */                             \
  void rz_affine_f32__##isa(size_t m, size_t n, const float *input, const float *scale, const float *shift,                  \
                            const float *residual, size_t stride, bool relu, float *output);                                 \
  /* output[n] = input[n] * factor, plus what was there if `more`. */                                                        \
  void rz_accumulate_f32__##isa(size_t n, float factor, const float *input, bool more, float *output);                       \
  /* sums[n] and squares[n] = the sums over m of input[m][n] and of its squares; rows are `stride` elements apart. */        \
  void rz_channel_moments_f32__##isa(size_t m, size_t n, const float *input, size_t stride, double *sums,                    \
                                     double *squares);                                                                       \
  /* output[output rows first ..< first + count][width][output channels] of a convolution, before bias. Sums are in          \
     double precision if `exact`. weights: [kernel row][kernel column][input of the group][output channel].                  \
     zeros: window->channels zeros. */                                                                                       \
  void rz_direct_convolution_f32__##isa(const struct rz_window *window, const struct rz_groups *groups, size_t first,        \
                                        size_t count, bool exact, const float *input, const float *weights,                  \
                                        const float *zeros, float *output);                                                  \
  /* packed[tap][input][output], rows `stride` apart, = weights[output][input][tap] * scale[output], for the inputs          \
     first ..< first + count of `inputs`. */                                                                                 \
  void rz_pack_weights_f32__##isa(size_t outputs, size_t inputs, size_t taps, size_t first, size_t count,                    \
                                  const float *weights, const double *scale, float *packed, size_t stride);                  \
  /* A part of output[height][width][output channels]. weights: for each group panels of output channels, each               \
     [tap][input of the group][channel of the panel]. With `by_rows` (no dilation, one group), for few input channels, the   \
     input's rows are copied and a kernel row counts as one tap.                                                             \
     - sources: pixels of the part, rounded up to RZ_ROWS, times taps.                                                       \
     - scratch: `channels` floats; by_rows the input rows under the part, with their padding. */                             \
  void rz_convolution_f32__##isa(const struct rz_window *window, const struct rz_groups *groups,                             \
                                 const struct rz_part *part, bool by_rows, const float *input, const float *weights,         \
                                 const struct rz_epilogue *epilogue, const float **sources, float *scratch,                  \
                                 float *output);                                                                             \
  /* The same for groups of 1, 2, 4, … inputs and as many outputs, fewer than a register has floats, all groups together     \
     filling registers; a part's panels are registers. weights: [tap][input of the group][output channel]. */                \
  void rz_grouped_f32__##isa(const struct rz_window *window, const struct rz_groups *groups,                                 \
                             const struct rz_part *part, const float *input, const float *weights,                           \
                             const struct rz_epilogue *epilogue, const float **sources, float *scratch, float *output);      \
  /* packed: panels, each [tap][input][channel of the panel], = weights[output][input][tap] * scale[output], for the         \
     inputs first ..< first + count of `inputs`; zero where a panel's last register has no output. */                        \
  void rz_pack_panels_f32__##isa(size_t outputs, size_t inputs, size_t taps, size_t first, size_t count,                     \
                                 const float *weights, const double *scale, float *packed);                                  \
  /* A part of the outputs of several images, `input_step` floats apart in the input and `output_step` in the output and   \
     the residual, which may be the output, of a 3×3 convolution of stride and dilation 1 whose channels fill registers.     \
     weights: panels, each [36][input][channel of the panel].                                                                \
     - next, next_count: tiles whose inputs this thread is likely to read next.                                              \
     - scratch: 36 * (tiles * (input channels + panel) + 32) floats. */                                                      \
  void rz_winograd_f32__##isa(const struct rz_window *window, size_t outputs, const struct rz_part *part, size_t next,       \
                              size_t next_count, const float *input, size_t input_step, const float *weights,                \
                              const struct rz_epilogue *epilogue, float *scratch, float *output, size_t output_step);        \
  /* packed: panels, each [36][input][channel of the panel], = the transformed weights[output][input][3][3] times            \
     scale[output], for the inputs first ..< first + count of `inputs`; aligned to 64 bytes. */                              \
  void rz_pack_winograd_f32__##isa(size_t outputs, size_t inputs, size_t first, size_t count, const float *weights,          \
                                   const double *scale, float *packed);                                                      \
  /* A part of a phase. Its channels are `groups`, its panels as in rz_convolution_f32, or registers with `spread`, for      \
     groups and weights as in rz_grouped_f32. target = (or +=, with `accumulate`) sums + bias; the bias, which may be null   \
     and must be where `stride` is not 1, has a number for each output channel, padded to a whole panel.                     \
     - sources: pixels of the part, rounded up to RZ_ROWS, times taps.                                                       \
     - scratch: as many floats as the source has channels, then pixels of the part times the width of a panel. */            \
  void rz_phase_f32__##isa(const struct rz_phase *phase, const struct rz_groups *groups, const struct rz_part *part,         \
                           bool spread, bool accumulate, const float *source, const float *weights, const float *bias,       \
                           const float **sources, float *scratch, float *target);                                            \
  /* packed[tap][depth][column], rows `stride` apart, = the numbers that `columns` and the list of taps name. */             \
  void rz_pack_columns_f32__##isa(const struct rz_columns *columns, const size_t *taps, const float *weights,                \
                                  float *packed);                                                                            \
  /* packed[36][depth][column], rows `stride` apart, = the transformed filters, whose nine numbers the list of taps names.   \
     All columns exist and fill registers; packed is aligned to 64 bytes. */                                                 \
  void rz_pack_winograd_columns_f32__##isa(const struct rz_columns *columns, const size_t *taps, const float *weights,       \
                                           float *packed);                                                                   \
  /* sums[tap][input][output], rows of the part's outputs rounded up to registers, += the sums over the part's pixels of     \
     input[pixel of the tap][input] * gradient[pixel][output]; with `wants_bias` one more row += the gradients' sums.        \
     scratch: the part's gradients, rounded up to registers, then its inputs for a 1×1 window, or the input rows under it, of\
     up to RZ_SLICE channels, or with their padding if `by_rows`. */                                                         \
  void rz_weight_gradient_f32__##isa(const struct rz_gradient *layer, const struct rz_gradient_part *part,                   \
                                     const float *input, const float *gradient, float *scratch, float *sums);                \
  /* weights[output][input][tap], outputs `stride` apart, = the sum of `count` sums[tap][input][output] as above, `step`     \
     floats apart, whose rows have `width` floats and are readable to a whole register. */                                   \
  void rz_finish_gradient_f32__##isa(size_t taps, size_t inputs, size_t width, size_t outputs, size_t count, size_t step,    \
                                     const float *sums, float *weights, size_t stride);                                      \
  /* As rz_weight_gradient_f32, for a layer as in rz_winograd_f32 and the tiles first_tile ..< first_tile + count of all     \
     images, but sums[36][input][output] in Winograd's domain. The part's channels fill                                    \
     registers; its pixels do not count.                                                                                     \
     - next: tiles behind them that follow in another call.                                                                  \
     - scratch: 36 * (count * (inputs + outputs) + 32) floats. */                                                            \
  void rz_winograd_gradient_f32__##isa(const struct rz_gradient *layer, const struct rz_gradient_part *part,                 \
                                       size_t first_tile, size_t count, size_t next, const float *input,                     \
                                       const float *gradient, float *scratch, float *sums);                                  \
  /* As rz_finish_gradient_f32, for sums in Winograd's domain. */                                                            \
  void rz_finish_winograd_gradient_f32__##isa(size_t inputs, size_t width, size_t outputs, size_t count, size_t step,        \
                                              const float *sums, float *weights, size_t stride);

RZ_DECLARE(portable)
#if defined(__x86_64__)
RZ_DECLARE(avx2)
RZ_DECLARE(avx512)
#endif
#undef RZ_DECLARE

/// Whether this processor, and the operating system's saving of registers, allow the instruction set.
bool rz_cpu_has_avx2_fma(void);
bool rz_cpu_has_avx512(void);

#include "LayerGradients.h"
