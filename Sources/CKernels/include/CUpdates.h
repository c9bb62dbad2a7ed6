// Optimizers' changes of weights, over flat arrays of float32. The suffix of a name says for which instruction set it is.
// Pointers need the alignment of a float, arrays do not overlap, and each element is treated alike wherever it lies.
#pragma once
#include <stddef.h>

/// One pass of an optimizer over weights. updates.inc.h lists for each name its constants and its memories.
struct rz_update {
  const char *_Nonnull name;
  /// Floats of `constants`, most arrays of `memories`, and numbers of `sums`.
  size_t constants, memories, sums;
  /// Changes n weights by their gradients. `memories` are the arrays that are kept from step to step; null for none. To each of
  /// `sums`, which is null for none, it adds the sum of the n weights.
  void (*_Nonnull run)(const float *_Nonnull constants, size_t n, const float *_Nonnull gradient, float *_Nonnull weights,
                       float *_Nonnull const *_Nullable memories, double *_Nullable sums);
};

/// The passes over flat arrays for one instruction set.
struct rz_updates {
  size_t count;
  const struct rz_update *_Nonnull all;
  /// average += share * (values - average)
  void (*_Nonnull blend)(size_t n, float share, const float *_Nonnull values, float *_Nonnull average);
  /// The sum of the squares in double precision: finite exactly when every value is.
  double (*_Nonnull squares)(size_t n, const float *_Nonnull values);
};

extern const struct rz_updates rz_updates__portable;
#if defined(__x86_64__)
extern const struct rz_updates rz_updates__avx2;
extern const struct rz_updates rz_updates__avx512;
#endif
