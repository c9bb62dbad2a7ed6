// Pillow's fixed-point resampling passes. The same text is compiled for the baseline and for AVX2; all arithmetic is on
// integers, so that both give the same bits.

#include <string.h>

#include "CImageCodecs.h"

#define VARIANT(name) name##__baseline
#include "resample_kernels.h"
#undef VARIANT

static const rz_resample_kernels baseline = {
    "baseline", row_u8x1__baseline, row_u8x3__baseline, column_u8__baseline};

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define VARIANT(name) name##__avx2
#include "resample_kernels.h"
#undef VARIANT
#pragma clang attribute pop

static const rz_resample_kernels avx2 = {"avx2", row_u8x1__avx2, row_u8x3__avx2, column_u8__avx2};
#endif

static int has_avx2(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") ? 1 : 0;
#else
  return 0;
#endif
}

size_t rz_resample_kernels_count(void) { return 1 + (size_t)has_avx2(); }

rz_resample_kernels rz_resample_kernels_at(size_t index) {
#if defined(__x86_64__)
  if (index == 0 && has_avx2()) return avx2;
#endif
  (void)index;
  return baseline;
}
