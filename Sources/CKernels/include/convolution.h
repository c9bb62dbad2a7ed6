// Convolutions, each over a part of their output.
#pragma once
#include "geometry.h"

#pragma clang assume_nonnull begin

/// A convolution of stride 1 whose outputs are every `stride`-th pixel of every `stride`-th row of a larger image, as those
/// of a transposed convolution are.
struct rz_phase {
  /// Pixels of the source, and floats between two of them.
  size_t source_height, source_width, source_stride;
  /// Pixel (row, column) reads the source's pixels (row + top, column + left) and those `reach` before, tap by tap.
  size_t taps_down, taps_across, reach;
  ptrdiff_t top, left;
  /// Pixels that the phase puts out.
  size_t height, width;
  /// Their places in the target, whose pixels are `target_stride` floats apart.
  size_t first_row, first_column, stride, target_width, target_stride;
};

struct rz_convolution_kernels {
  /// A part of output[height][width][output channels]. weights: for each group panels of output channels, each
  /// [tap][input of the group][channel of the panel]. With `row_copies` (no dilation, one group), for few input channels,
  /// the input's rows are copied and a kernel row counts as one tap.
  /// - sources: pixels of the part, rounded up to RZ_ROWS, times taps.
  /// - scratch: `channels` floats; with `row_copies` the input rows under the part, with their padding.
  void (*product)(const struct rz_window *window, const struct rz_groups *groups, const struct rz_part *part,
                  bool row_copies, const float *input, const float *weights, const struct rz_epilogue *epilogue,
                  const float *_Nullable *_Nonnull sources, float *scratch, float *output);
  /// The same for groups of 1, 2, 4, … inputs and as many outputs, fewer than a register has floats, all groups together
  /// filling registers; a part's panels are registers. weights: [tap][input of the group][output channel].
  void (*grouped)(const struct rz_window *window, const struct rz_groups *groups, const struct rz_part *part,
                  const float *input, const float *weights, const struct rz_epilogue *epilogue,
                  const float *_Nullable *_Nonnull sources, float *scratch, float *output);
  /// output[output rows first ..< first + count][width][output channels] of a convolution, before bias. Sums are in double
  /// precision if `exact`. weights: [kernel row][kernel column][input of the group][output channel].
  /// - zeros: window->channels zeros.
  void (*direct)(const struct rz_window *window, const struct rz_groups *groups, size_t first, size_t count, bool exact,
                 const float *input, const float *weights, const float *zeros, float *output);
  /// A part of the outputs of several images, `input_stride` floats apart in the input and `output_stride` in the output
  /// and the residual, which may be the output, of a 3×3 convolution of stride and dilation 1 whose channels fill
  /// registers. weights: panels, each [36][input][channel of the panel].
  /// - next, next_count: tiles whose inputs this thread is likely to read next.
  /// - scratch: 36 * (tiles * (input channels + panel) + 32) floats.
  void (*winograd)(const struct rz_window *window, size_t outputs, const struct rz_part *part, size_t next,
                   size_t next_count, const float *input, size_t input_stride, const float *weights,
                   const struct rz_epilogue *epilogue, float *scratch, float *output, size_t output_stride);
  /// A part of a phase. Its channels are `groups`, its panels as in `product`, or registers with `spread`, for groups and
  /// weights as in `grouped`. target = (or +=, with `accumulate`) sums + bias; the bias, which may be null and must be
  /// where `stride` is not 1, has a number for each output channel, padded to a whole panel.
  /// - sources: pixels of the part, rounded up to RZ_ROWS, times taps.
  /// - scratch: as many floats as the source has channels, then pixels of the part times the width of a panel.
  void (*phase)(const struct rz_phase *phase, const struct rz_groups *groups, const struct rz_part *part, bool spread,
                bool accumulate, const float *source, const float *weights, const float *_Nullable bias,
                const float *_Nullable *_Nonnull sources, float *scratch, float *target);
};

#pragma clang assume_nonnull end
