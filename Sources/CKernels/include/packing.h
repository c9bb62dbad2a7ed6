// Weights in the order in which the kernels of convolution.h read them.
#pragma once
#include "geometry.h"

#pragma clang assume_nonnull begin

/// The weights that become the columns of packed rows: those at column * column_stride + depth * depth_stride + tap.
struct rz_columns {
  /// Columns that exist, and with those of zeros.
  size_t columns, width;
  /// All of the depth, and the part of it to pack.
  size_t depth, first, count;
  size_t taps;
  size_t column_stride, depth_stride;
  /// Floats between two packed rows.
  size_t stride;
};

struct rz_packing_kernels {
  /// packed[tap][depth][column], rows `stride` apart, = the weights that `columns` and the list of taps name, times
  /// scale[column], in double precision, if there is one.
  void (*pack)(const struct rz_columns *columns, const size_t *taps, const float *weights,
               const double *_Nullable scale, float *packed);
  /// packed[36][depth][column], rows `stride` apart, = the transformed filters, whose nine numbers the list of taps names,
  /// each times its column's scale, if there is one. All columns exist and fill registers; packed is aligned to 64 bytes.
  void (*pack_winograd)(const struct rz_columns *columns, const size_t *taps, const float *weights,
                        const double *_Nullable scale, float *packed);
};

#pragma clang assume_nonnull end
