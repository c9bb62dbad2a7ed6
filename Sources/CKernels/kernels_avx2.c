// All kernels for AVX2 with FMA: registers of 8 floats.
#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define RZ_NAME(name) name##__avx2
#define RZ_SET "avx2"
#define RZ_LANES 8
#define RZ_PANEL_VECTORS 2

/// lanes[l] = v[l rounded down to a multiple of `group`, plus i]; `group` is a power of two.
static inline __m256 rz_spread(__m256 v, size_t group, size_t i) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i start = _mm256_and_si256(lane, _mm256_set1_epi32(-(int)group));
  return _mm256_permutevar8x32_ps(v, _mm256_add_epi32(start, _mm256_set1_epi32((int)i)));
}

/// Stores as usual: a register is only half a cache line.
static inline void rz_stream(float *p, __m256 v) { _mm256_storeu_ps(p, v); }
static inline void rz_end_stream(void) {}

#include "kernels.inc.h"
#pragma clang attribute pop
#endif
