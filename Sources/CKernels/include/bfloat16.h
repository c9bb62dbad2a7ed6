// Convolutions whose products are of bfloat16 numbers, the upper halves of float32, with sums in float32.
//
// Weights lie in pairs: two that follow each other along a sum, the first in the lower half of 32 bits. Feature maps stay float32;
// a call rounds the inputs under its part, to nearest and ties to even.
#pragma once
#include "geometry.h"
#include "gradients.h"
#include "packing.h"

#pragma clang assume_nonnull begin

struct rz_bfloat16_kernels {
  /// True if the processor multiplies bfloat16 itself. Else the numbers are widened, which gives the same products.
  bool is_native;
  /// A part of output[height][width][output channels]. weights: for each group panels of output channels, each
  /// [run][pair][channel of the panel]. A run is a part of a window's numbers that follow each other: a kernel row with
  /// `row_runs` (no dilation, one group), else a tap's inputs of a group; an odd one ends with a weight of 0.
  /// - sources: pixels of the part, rounded up to RZ_ROWS, times runs.
  /// - scratch: the part's inputs, rounded: its pixels for a 1×1 window without padding, else the input rows under it with their

  ///   padding, each pixel's groups padded to whole pairs unless runs are rows of several pixels. Then one pair.
  void (*product)(const struct rz_window *window, const struct rz_groups *groups, const struct rz_part *part, bool row_runs,
                  const float *input, const uint32_t *weights, const struct rz_epilogue *epilogue,
                  const uint16_t *_Nullable *_Nonnull sources, uint16_t *scratch, float *output);
  /// packed[run][pair][column], rows `stride` pairs apart, = the weights that `columns` and the list of taps name, times
  /// scale[column], rounded to float32 and then to bfloat16. A run has `run_taps` taps. What no weight fills stays as it is.
  void (*pack)(const struct rz_columns *columns, const size_t *taps, size_t run_taps, const float *weights,
               const double *_Nullable scale, uint32_t *packed);
  /// As rz_gradient_kernels' `weights`, for a 1×1 window without padding whose groups share no registers: inputs and gradients are rounded
  /// before they are multiplied, and those of the bias are not.
  /// - scratch: pairs of the part's pixels: of its gradients, rounded up to registers, then of up to RZ_SLICE inputs, rounded up likewise.
  void (*weight_gradient)(const struct rz_gradient *layer, const struct rz_gradient_part *part, const float *input,
                          const float *gradient, uint32_t *scratch, float *sums);
};

#pragma clang assume_nonnull end
