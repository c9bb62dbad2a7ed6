// Steps of optimizers over flat arrays of weights. Arrays do not overlap, and each element is treated alike wherever it lies.
#pragma once
#include "geometry.h"

#pragma clang assume_nonnull begin

/// One pass of an optimizer over weights. updates.inc.h lists for each name its constants and its memories.
struct rz_update {
  const char *name;
  /// Floats of `constants`, most arrays of `memories`, and numbers of `sums`.
  size_t constants, memories, sums;
  /// Changes n weights by their gradients. `memories` are the arrays that are kept from step to step; null for none. To each of
  /// `sums`, which is null for none, it adds the sum of the n weights.
  void (*run)(const float *constants, size_t n, const float *gradient, float *weights,
              float *_Nonnull const *_Nullable memories, double *_Nullable sums);
};

/// The passes of one instruction set over flat arrays.
struct rz_update_kernels {
  size_t count;
  const struct rz_update *all;
  /// average += share * (values - average)
  void (*blend)(size_t n, float share, const float *values, float *average);
  /// The sum of the squares in double precision: finite exactly when every value is.
  double (*squares)(size_t n, const float *values);
};

#pragma clang assume_nonnull end
